package io.diskformat.imageservice.http;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ResumableUploads;
import io.diskformat.imageservice.WantedDigest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An upload of an image that may be resumed, as the draft "Resumable Uploads for HTTP" of the IETF
 * has it: POST begins one, HEAD says how far it has come, PATCH goes on, and DELETE forgets it. It
 * has one address for each image, which the answer to POST says.
 */
final class UploadResource {
  private static final String OFFSET = "Upload-Offset";
  private static final String COMPLETE = "Upload-Complete";
  private static final String LENGTH = "Upload-Length";
  private static final String PARTIAL = "application/partial-upload";

  private final ImageService service;
  private final Metrics metrics;

  UploadResource(ImageService service, Metrics metrics) {
    this.service = service;
    this.metrics = metrics;
  }

  Response answer(Caller caller, String id, Exchange exchange) throws IOException {
    return switch (exchange.method()) {
      case "POST" -> begin(caller, id, exchange);
      case "HEAD", "GET" -> progress(caller, id);
      case "PATCH" -> resume(caller, id, exchange);
      case "DELETE" -> {
        service.resumable().cancel(caller, id);
        yield Response.empty(204);
      }
      default -> throw Routes.notAllowed("POST, HEAD, PATCH, DELETE");
    };
  }

  private Response begin(Caller caller, String id, Exchange exchange) throws IOException {
    boolean completes = completes(exchange);
    long length = FileResource.number(exchange, LENGTH);
    ResumableUploads.Progress begun =
        service
            .resumable()
            .begin(caller, id, length, FileResource.form(exchange), FileResource.choice(exchange));
    return append(caller, id, exchange, 0, completes, 201)
        .with("Location", "/v2/images/" + id + "/upload")
        .with("Upload-Limit", "max-age=" + seconds(begun));
  }

  private static long seconds(ResumableUploads.Progress progress) {
    return Math.max(0, Duration.between(Instant.now(), progress.until()).toSeconds());
  }

  private Response resume(Caller caller, String id, Exchange exchange) throws IOException {
    String type = exchange.header("Content-Type");
    if (type == null || !type.trim().equalsIgnoreCase(PARTIAL)) {
      throw new ApiException(415, "Unsupported Content-Type: " + type + ", expected " + PARTIAL);
    }
    long offset = FileResource.number(exchange, OFFSET);
    if (offset < 0) {
      throw ApiException.invalid(OFFSET + " is missing");
    }
    return append(caller, id, exchange, offset, completes(exchange), 204);
  }

  /** Takes the body; where the offset is another one, the answer says which. */
  private Response append(
      Caller caller, String id, Exchange exchange, long offset, boolean completes, int status)
      throws IOException {
    InputStream whole =
        new WholeStream(
            new CountedStream(exchange.body(), metrics::received),
            FileResource.number(exchange, "Content-Length"));
    WantedDigest digest = DigestHeader.of(exchange, DigestHeader.CONTENT);
    InputStream body = digest == null ? whole : digest.watch(whole);
    Optional<ResumableUploads.Progress> progress = service.resumable().progress(caller, id);
    if (progress.isPresent() && progress.get().offset() != offset) {
      throw new ApiException(
          409,
          "The upload is to be resumed at offset %d, not %d"
              .formatted(progress.get().offset(), offset),
          Map.of(OFFSET, String.valueOf(progress.get().offset()), COMPLETE, "?0"));
    }
    Optional<ResumableUploads.Progress> rest =
        service.resumable().append(caller, id, offset, body, completes);
    Response response = Response.empty(status).with(COMPLETE, rest.isEmpty() ? "?1" : "?0");
    return rest.isEmpty() ? response : response.with(OFFSET, String.valueOf(rest.get().offset()));
  }

  private Response progress(Caller caller, String id) throws IOException {
    ResumableUploads.Progress progress =
        service
            .resumable()
            .progress(caller, id)
            .orElseThrow(() ->
                new ApiException(404, "There is no upload of image " + id + " to be resumed"));
    Response response =
        Response.empty(204)
            .with(OFFSET, String.valueOf(progress.offset()))
            .with(COMPLETE, "?0")
            .with("Upload-Limit", "max-age=" + seconds(progress))
            .with("Cache-Control", "no-store");
    return progress.length() < 0
        ? response
        : response.with(LENGTH, String.valueOf(progress.length()));
  }

  /** Returns whether the body is the end of the data. */
  private static boolean completes(Exchange exchange) throws ApiException {
    String text = exchange.header(COMPLETE);
    return switch (text == null ? "" : text.trim()) {
      case "?1" -> true;
      case "?0" -> false;
      default -> throw ApiException.invalid(COMPLETE + " is ?0 or ?1, and not: " + text);
    };
  }
}
