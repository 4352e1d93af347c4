package io.diskformat.iso.build;

import java.io.IOException;
import java.util.List;

/** Content, that of one file after that of the other. */
final class FileArea implements ImagePart {
  private final List<FileData> files;

  FileArea(List<FileData> files) {
    this.files = files;
  }

  @Override
  public long place(long first) {
    long next = first;
    for (FileData file : files) {
      next = file.place(next);
    }
    return next;
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    for (FileData file : files) {
      if (file.size() > 0) {
        out.copy(file);
        out.endBlock();
      }
    }
  }
}
