package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.DiskModel;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.UnmappedProof;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Images of which nothing is mapped, and which are written. */
final class UnmappedWritesTest extends UnmappedProof {
  private static final int PAGE = 4096;

  UnmappedWritesTest() {
    super(VMDK);
  }

  @Override
  protected List<String> layouts() {
    return List.of("128", "8 zeroed");
  }

  @Override
  protected List<String> layoutsOfSmallUnits() {
    return List.of("16 single", "1");
  }

  @Override
  protected void verifyElsewhere(Path file, String layout, DiskModel model) throws IOException {
    Oracle.qemuImg("check", "-q", file).orFail();
  }

  /** Each page of zeroes is a hole of the file. */
  @Override
  protected void createPreallocated(Path file) throws IOException {
    byte[] image = new SparseFile(new Disk(new byte[24 << 20], 128)).described().build().toArray();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int at = 0; at < image.length; at += PAGE) {
        ByteBuffer page = ByteBuffer.wrap(image, at, Math.min(PAGE, image.length - at));
        boolean last = at + PAGE >= image.length;
        if (last || ByteBuffer.allocate(page.remaining()).mismatch(page) >= 0) {
          var _ = channel.write(page, at);
        }
      }
    }
  }
}
