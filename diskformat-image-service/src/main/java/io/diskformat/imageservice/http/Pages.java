package io.diskformat.imageservice.http;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pages for people beside the API, and what they show of an image. Thread-safe. */
public interface Pages {
  /** Returns the page that a browser finds at the root. */
  Response root();

  /**
   * Returns something that there is to see of an image.
   *
   * @param image is closed by the caller
   * @param what is wanted: the rest of the path
   * @param parameters of the query: the last one of each name
   * @return null if there is no such thing
   * @throws IOException if it cannot be read
   */
  @Nullable Response of(DiskImage image, List<String> what, Map<String, String> parameters)
      throws IOException;
}
