package io.diskformat.imageservice.http;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageServiceException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The image API v2 of OpenStack. What this service does not do is refused as by a service that does
 * not announce it. Thread-safe.
 */
public final class ImageApi {
  private static final System.Logger LOG = System.getLogger(ImageApi.class.getName());
  private static final String REQUEST_ID = "X-Openstack-Request-Id";
  private static final int LONGEST_CLIENT_ID = 64;

  private final Routes routes;
  private final Metrics metrics = new Metrics();
  private final Consumer<RequestRecord> log;

  /** Creates the API of a service. */
  public ImageApi(ImageService service, Identity identity) {
    this(service, identity, ApiOptions.usual());
  }

  /** Creates the API of a service that does more than every one does. */
  public ImageApi(ImageService service, Identity identity, ApiOptions options) {
    this.routes = new Routes(service, identity, options, metrics);
    this.log = options.log();
  }

  /** What became of a request so far. */
  static final class Progress {
    private final Instant at = Instant.now();
    private final long start = System.nanoTime();
    private final String id = "req-" + UUID.randomUUID();
    private @Nullable Caller caller;
    private int status;
    private String reason = "";

    String id() {
      return id;
    }

    void caller(Caller found) {
      caller = found;
    }

    /** Answers, with the id of the request. */
    void respond(Exchange exchange, Response response) throws IOException {
      status = response.status();
      exchange.respond(response.with(REQUEST_ID, id));
    }

    private RequestRecord record(Exchange exchange) {
      String clientId = Objects.requireNonNullElse(exchange.header(REQUEST_ID), "");
      return new RequestRecord(
          at,
          id,
          clientId.substring(0, Math.min(LONGEST_CLIENT_ID, clientId.length())),
          exchange.client(),
          caller == null ? null : caller.user(),
          caller == null ? null : caller.project(),
          exchange.method(),
          exchange.path(),
          status,
          Duration.ofNanos(System.nanoTime() - start),
          reason);
    }
  }

  /**
   * Answers a request.
   *
   * @throws IOException if the client is gone
   */
  public void handle(Exchange exchange) throws IOException {
    Progress progress = new Progress();
    metrics.begin();
    try {
      Response response = answer(exchange, progress);
      if (response != null) {
        progress.respond(exchange, response);
      }
    } catch (IOException | RuntimeException e) {
      progress.reason = "The client is gone";
      throw e;
    } finally {
      RequestRecord record = progress.record(exchange);
      metrics.end(record);
      log.accept(record);
    }
  }

  /** Returns the answer, or null if it was sent. */
  private @Nullable Response answer(Exchange exchange, Progress progress) throws IOException {
    try {
      return routes.answer(exchange, progress);
    } catch (ApiException e) {
      Response response = refusal(exchange, progress, e.status(), e);
      for (Map.Entry<String, String> header : e.headers().entrySet()) {
        response = response.with(header.getKey(), header.getValue());
      }
      return response;
    } catch (ImageServiceException e) {
      return refusal(exchange, progress, ErrorPage.status(e.problem()), e);
    } catch (IOException | RuntimeException | Error e) {
      if (progress.status != 0) {
        // A part of the answer is on its way; the connection ends.
        throw e;
      }
      LOG.log(System.Logger.Level.ERROR, progress.id, e);
      progress.reason = e.toString();
      return ErrorPage.of(
          500,
          "The server has either erred or is incapable of performing the requested operation.",
          exchange.header("Accept"));
    }
  }

  private static Response refusal(Exchange exchange, Progress progress, int status, Exception e) {
    progress.reason = String.valueOf(e.getMessage());
    return ErrorPage.of(status, progress.reason, exchange.header("Accept"));
  }
}
