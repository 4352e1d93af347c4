package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The verb {@code info}. */
final class InfoVerb extends ReadingVerb {
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument wholeChain =
      flag("Open the image's backing files, and describe them too.", "--backing-chain");
  private final Argument file = parameter("FILE", "The image.");

  InfoVerb() {
    super("info", "Shows what an image says of itself. No file that it names is opened.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String name = file.required();
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    List<ImageDescription> images = descriptions(name);
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

  /**
   * Returns the descriptions of the chain, each with a name that leads to the image: for the first,
   * the user's own.
   */
  private List<ImageDescription> descriptions(String name) throws IOException {
    List<ImageDescription> images = new ArrayList<>();
    ImageName named = image(name, format());
    for (ImageInfo info : infos(named)) {
      String shown = images.isEmpty() ? named.file().toString() : info.file();
      images.add(new ImageDescription(shown, info));
    }
    return images;
  }

  private List<ImageInfo> infos(ImageName named) throws IOException {
    if (wholeChain.isGiven()) {
      return DiskImages.infoChain(named.file(), reading(named));
    }
    try (DiskImage image = DiskImages.open(named.file(), reading(named).metadataOnly())) {
      return List.of(image.info());
    }
  }
}
