package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** The qcow2 format, as the document "qcow2 image format" of QEMU specifies it. */
public final class Qcow2Format implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public Qcow2Format() {}

  @Override
  public String name() {
    return "qcow2";
  }

  @Override
  public boolean recognizes(byte[] head) {
    return head.length >= 8
        && head[0] == 'Q'
        && head[1] == 'F'
        && head[2] == 'I'
        && head[3] == (byte) 0xfb;
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return Qcow2Image.open(request);
  }

  @Override
  public void create(Storage storage, CreateOptions options) throws IOException {
    throw new UnsupportedFeatureException(storage.name(), "creating qcow2 images");
  }
}
