package io.diskformat.imageservice.http;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageContent;
import io.diskformat.imageservice.ImageService;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Pages for people, and what they show of images that the caller may have the data of. */
final class PagesResource {
  static final String PATH = "pages";

  private final ImageService service;
  private final Pages pages;

  PagesResource(ImageService service, Pages pages) {
    this.service = service;
    this.pages = pages;
  }

  /** Returns whether a request is that of a browser, and not of a client of the API. */
  static boolean isForPeople(Exchange exchange) {
    String accept = exchange.header("Accept");
    return exchange.method().equals("GET") && accept != null && accept.contains("text/html");
  }

  Response root() {
    return pages.root();
  }

  /**
   * Answers a request.
   *
   * @param path what follows {@link #PATH}
   */
  Response answer(Caller caller, List<String> path, Exchange exchange) throws IOException {
    if (path.size() < 3 || !path.getFirst().equals("images")) {
      throw Routes.notFound();
    }
    Map<String, String> parameters = new HashMap<>();
    Parameters.of(exchange.query())
        .all()
        .forEach((name, values) -> parameters.put(name, values.getLast()));
    try (ImageContent content =
        service
            .open(caller, path.get(1))
            .orElseThrow(() -> new ApiException(409, "The image has no data yet."))) {
      try (DiskImage image = content.disk()) {
        Response response = pages.of(image, path.subList(2, path.size()), parameters);
        if (response == null) {
          throw Routes.notFound();
        }
        return response;
      } catch (DiskFormatException e) {
        throw new ApiException(415, String.valueOf(e.getMessage()));
      } catch (FileSystemException | InvalidPathException e) {
        throw new ApiException(404, "There is no such directory: " + e.getMessage());
      }
    }
  }
}
