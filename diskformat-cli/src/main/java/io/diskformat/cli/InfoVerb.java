package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code info}. */
final class InfoVerb extends ImageVerb {
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument wholeChain =
      flag("Open the image's backing files, and tell of them.", "--backing-chain");
  private final Argument file = parameter("FILE", "The image.");

  InfoVerb() {
    super("info", "Tells what an image says of itself. No file that it names is opened.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String name = file.required();
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    List<ImageDescription> images;
    if (wholeChain.isGiven()) {
      images = new BackingChain(reading().metadataOnly()).from(name);
    } else {
      try (DiskImage image = DiskImages.open(Path.of(name), reading().metadataOnly())) {
        images = List.of(new ImageDescription(name, image.info()));
      }
    }
    if (outputFormat == OutputFormat.JSON) {
      List<Map<String, Object>> objects = new ArrayList<>();
      for (ImageDescription image : images) {
        objects.add(image.toMap());
      }
      new Json(terminal).write(wholeChain.isGiven() ? objects : objects.getFirst());
    } else {
      String separator = "";
      for (ImageDescription image : images) {
        terminal.print(separator);
        image.print(terminal);
        separator = "\n";
      }
    }
    return 0;
  }
}
