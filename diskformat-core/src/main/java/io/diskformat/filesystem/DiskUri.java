package io.diskformat.filesystem;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;

/**
 * A URI of a file in an image: the image's own, and the path inside.
 *
 * <pre>diskformat:file:///srv/debian.iso!/install/README</pre>
 *
 * @param inside absolute
 */
record DiskUri(Path image, String inside) {

  /**
   * Parses a URI.
   *
   * @throws IllegalArgumentException if it is none of an image
   */
  static DiskUri of(URI uri) {
    if (!TreeFileSystem.SCHEME.equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException("not of " + TreeFileSystem.SCHEME + ": " + uri);
    }
    String both = uri.getRawSchemeSpecificPart();
    int mark = both.lastIndexOf("!/");
    URI image = URI.create(mark < 0 ? both : both.substring(0, mark));
    if (image.getScheme() == null) {
      throw new IllegalArgumentException("names no image by a URI: " + uri);
    }
    String inside = mark < 0 ? "/" : URI.create(both.substring(mark + 1)).getPath();
    try {
      return new DiskUri(Path.of(image), inside);
    } catch (FileSystemNotFoundException e) {
      throw new IllegalArgumentException("names no image: " + uri, e);
    }
  }
}
