package io.diskformat.imageservice.http;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A request of some transport, and the way to answer it. Used by one thread. */
public interface Exchange {
  /** Returns the method, in upper case. */
  String method();

  /** Returns the path of the target as it was sent, percent-encoded. */
  String path();

  /** Returns the query of the target as it was sent, percent-encoded, or null. */
  @Nullable String query();

  /** Returns the first header of a name in any case, or null. */
  @Nullable String header(String name);

  /** Returns whether the request came by TLS. */
  default boolean isSecure() {
    return false;
  }

  /** Returns the address of the client, or an empty string if the transport does not know it. */
  default String client() {
    return "";
  }

  /** Returns the body, decoded if it was chunked. */
  InputStream body();

  /**
   * Answers. Where the body has not been read to its end, the transport reads and forgets the rest
   * of it, within bounds, after the answer was sent: some clients see no answer before they have
   * sent all.
   *
   * @throws IOException if the client is gone
   */
  void respond(Response response) throws IOException;
}
