package io.diskformat.imageservice.http;

import java.io.IOException;
import java.util.Map;

/** A request is refused with a status code and a sentence. */
final class ApiException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient Map<String, String> headers;

  ApiException(int status, String message) {
    this(status, message, Map.of());
  }

  ApiException(int status, String message, Map<String, String> headers) {
    super(message);
    this.status = status;
    this.headers = Map.copyOf(headers);
  }

  static ApiException invalid(String message) {
    return new ApiException(400, message);
  }

  static ApiException forbidden(String message) {
    return new ApiException(403, message);
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }
}
