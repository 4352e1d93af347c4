package io.diskformat.inside;

import static org.junit.jupiter.api.Assumptions.abort;

import io.diskformat.testing.LoopDevice;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A volume that Linux has mounted, as long as this is open. Takes root, the loop driver and the
 * file system in the kernel; without these, the test is skipped.
 */
public final class KernelMount implements AutoCloseable {
  private final LoopDevice device;
  private final Path root;

  private KernelMount(LoopDevice device, Path root) {
    this.device = device;
    this.root = root;
  }

  /**
   * Mounts a volume of ext.
   *
   * @param image that holds it and nothing else
   * @param root a directory to be made, where it is mounted
   * @param options of mount
   */
  public static KernelMount of(Path image, Path root, String options)
      throws IOException, InterruptedException {
    LoopDevice device = LoopDevice.of(image);
    boolean mounted = false;
    try {
      Files.createDirectories(root);
      Oracle.Result result =
          Oracle.of("mount").run("-t", "ext4", "-o", options, device.path(), root);
      mounted = result.exitCode() == 0;
      // One that is there and does not take the volume says so with 32, as one that may not mount.
      if (!mounted && !canMount()) {
        abort("nothing can be mounted here: " + result.error());
      }
      result.orFail();
    } finally {
      if (!mounted) {
        device.close();
      }
    }
    return new KernelMount(device, root);
  }

  /** Returns whether anything can be mounted, and the kernel has ext. */
  private static boolean canMount() throws IOException {
    Path place = Files.createTempDirectory("mounted");
    try {
      boolean mounts = Oracle.of("mount").run("-t", "tmpfs", "none", place).exitCode() == 0;
      if (mounts) {
        Oracle.of("umount").run(place).orFail();
      }
      return mounts && Files.readString(Path.of("/proc/filesystems")).contains("\text4\n");
    } finally {
      Files.delete(place);
    }
  }

  /** Returns where the files are. */
  public Path root() {
    return root;
  }

  /** Makes all that was written be in the image, or in its journal. */
  public void sync() {
    Oracle.of("sync").run("-f", root).orFail();
  }

  @Override
  public void close() {
    try {
      Oracle.of("umount").run(root).orFail();
    } finally {
      device.close();
    }
  }
}
