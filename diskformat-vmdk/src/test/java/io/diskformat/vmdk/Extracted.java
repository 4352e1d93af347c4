package io.diskformat.vmdk;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The disks of images as other programs read them. */
final class Extracted {
  /** Debian's, for which python3-libvmdk is made; another first on the path may lack it. */
  private static final String PYTHON = "python3";

  private static final String READ_ALL =
      """
      import sys
      sys.path.append("/usr/lib/python3/dist-packages")
      import pyvmdk
      handle = pyvmdk.handle()
      handle.open(sys.argv[1])
      handle.open_extent_data_files()
      left = handle.get_media_size()
      with open(sys.argv[2], "wb") as out:
          while left > 0:
              piece = handle.read_buffer(min(left, 1 << 20))
              if not piece:
                  sys.exit("ends early")
              out.write(piece)
              left -= len(piece)
      handle.close()
      """;

  private Extracted() {}

  /**
   * As 7-Zip reads it.
   *
   * @param directory which it may use, and which need not exist
   */
  static byte[] by7z(Path image, Path directory) throws IOException {
    Oracle.of("7z").run("e", "-y", "-tVMDK", "-o" + directory, image).orFail();
    try (Stream<Path> files = Files.list(directory)) {
      Path extracted = files.findFirst().orElseThrow();
      byte[] content = Files.readAllBytes(extracted);
      Files.delete(extracted);
      return content;
    }
  }

  /** As libvmdk reads it, which wants an image under the name that its descriptor has. */
  static byte[] byLibvmdk(Path image, Path target) throws IOException {
    Oracle.of("vmdkinfo").run(image).orFail();
    Oracle.of(PYTHON).run("-c", READ_ALL, image, target).orFail();
    byte[] content = Files.readAllBytes(target);
    Files.delete(target);
    return content;
  }
}
