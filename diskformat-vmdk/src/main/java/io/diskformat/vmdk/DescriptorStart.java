package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, line by line, whether a file that passes by is a descriptor, as {@link FileShape}
 * does, and inspects it if so.
 */
final class DescriptorStart implements PassingLines.Sink {
  private final PassingImage image;
  private final List<String> before = new ArrayList<>();
  private @Nullable TextInspection text;

  DescriptorStart(PassingImage image) {
    this.image = image;
  }

  void begin() {
    new PassingLines(image, 0, DescriptorPlace.LONGEST, FileShape.HEAD, this).begin();
  }

  @Override
  public boolean line(long position, String line) {
    if (text == null) {
      decide(line);
    }
    if (text != null) {
      return text.line(position, line);
    }
    before.add(line);
    return isUndecided();
  }

  /** Recognizes a descriptor; what came before is comments. */
  private void decide(String line) {
    if (FileShape.isDescriptor(head(line))) {
      image.recognized();
      text = TextInspection.ofFile(image);
    }
  }

  private String head(String line) {
    return before.isEmpty() ? line : String.join("\n", before) + "\n" + line;
  }

  private boolean isUndecided() {
    String last = before.getLast().strip();
    return last.isEmpty() || last.startsWith("#");
  }

  @Override
  public boolean pause(long position, String line) {
    if (text == null) {
      decide(line);
    }
    return text != null;
  }

  @Override
  public void end(long position) {
    if (text != null) {
      text.end(position);
    }
  }

  @Override
  public void tooLong(long position) {
    if (text != null) {
      text.tooLong(position);
    }
  }
}
