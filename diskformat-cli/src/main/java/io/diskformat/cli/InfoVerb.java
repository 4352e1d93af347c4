package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "diskformat info",
    description = "Tells what an image says of itself. No file that it names is opened.")
final class InfoVerb extends ImageVerb {
  @Option(names = "--output", paramLabel = "human|json", description = "How to write it.")
  private String output = "human";

  @Option(names = "--backing-chain", description = "Tell of the image's backing files too.")
  private boolean wholeChain;

  @Parameters(paramLabel = "FILE", description = "The image.")
  private String file = "";

  @Override
  int run(Terminal terminal) throws IOException {
    OutputFormat outputFormat = OutputFormat.of(output);
    List<ImageDescription> images = new ArrayList<>();
    if (wholeChain) {
      BackingChain chain = new BackingChain(policy());
      String format = format();
      for (Path next = Path.of(file); next != null; next = chain.next()) {
        images.add(chain.add(next, describe(next.toString(), format)));
        format = chain.nextFormat();
      }
    } else {
      images.add(describe(file, format()));
    }
    return 0;
  }
}
