package io.diskformat.storage;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a file's bytes, equal for all names of the same bytes. A block device has other
 * names than links: each of its device nodes is a different file, and a loop device has the bytes
 * of the file behind it.
 */
final class FileIdentity {
  private FileIdentity() {}

  /** Returns the identity of a file, or null if the host reports none. */
  static @Nullable Object of(Path path, FileKind kind, BasicFileAttributes attributes)
      throws IOException {
    return kind == FileKind.BLOCK_DEVICE ? ofDevice(path) : attributes.fileKey();
  }

  private static @Nullable Object ofDevice(Path path) throws IOException {
    long device = ((Number) Files.getAttribute(path, "unix:rdev")).longValue();
    Path link = Path.of("/sys/dev/block", numbers(device), "loop/backing_file");
    if (Files.isReadable(link)) {
      Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
      String name = new String(Files.readAllBytes(link), names).replaceFirst("\n$", "");
      try {
        Path behind = Path.of(name);
        // The name is as its creator saw it; the file may have been deleted, or be in another
        // namespace.
        if (Files.isRegularFile(behind)) {
          return Files.readAttributes(behind, BasicFileAttributes.class).fileKey();
        }
      } catch (InvalidPathException e) {
        // No path of this process can name that file.
      }
    }
    return "block device " + device;
  }

  /** Returns the major and minor number of a device, as Linux packs them. */
  private static String numbers(long device) {
    long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & 0xfffff000L);
    long minor = (device & 0xff) | ((device >>> 12) & 0xffffff00L);
    return major + ":" + minor;
  }
}
