package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** The VDI format, which only VirtualBox's own sources specify. */
public final class VdiFormat implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public VdiFormat() {}

  @Override
  public String name() {
    return "vdi";
  }

  @Override
  public boolean recognizes(byte[] head) {
    return VdiHeader.isMarked(head);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return VdiImage.open(request);
  }

  @Override
  public void create(Storage storage, CreateOptions options) throws IOException {
    new VdiCreator(storage, VdiOptions.of(storage, options)).create();
  }
}
