package io.diskformat.imageservice.http;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.DerivedImage;
import io.diskformat.imageservice.ImageContent;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.StoreChoice;
import io.diskformat.imageservice.UploadForm;
import io.diskformat.imageservice.WantedDigest;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The data of an image. */
final class FileResource {
  private static final String OCTETS = "application/octet-stream";

  /** In bytes. */
  private static final int PIECE = 256 << 10;

  private final ImageService service;
  private final Metrics metrics;

  FileResource(ImageService service, Metrics metrics) {
    this.service = service;
    this.metrics = metrics;
  }

  Response put(Caller caller, String id, Exchange exchange, boolean stages) throws IOException {
    String type = exchange.header("Content-Type");
    if (type == null || !type.trim().toLowerCase(Locale.ROOT).equals(OCTETS)) {
      throw new ApiException(
          415, "Unsupported Content-Type of data: " + type + ", expected " + OCTETS);
    }
    long size = size(exchange);
    InputStream body = new CountedStream(exchange.body(), metrics::received);
    UploadForm form = form(exchange);
    WantedDigest content = DigestHeader.of(exchange, DigestHeader.CONTENT);
    if (form.digest() == null && content != null) {
      form = form.with(content);
    }
    var _ =
        stages
            ? service.stores().stage(caller, id, body, size, form)
            : service.stores().upload(caller, id, body, size, form, choice(exchange));
    return Response.empty(204);
  }

  /** Returns where the data is to be kept. */
  static StoreChoice choice(Exchange exchange) {
    String store = exchange.header(StoresResource.HEADER);
    return store == null ? StoreChoice.usual() : StoreChoice.of(store);
  }

  /**
   * Returns in which form all data comes, by extensions: {@code ?from=FORMAT} of data that is to be
   * converted, {@code ?gzip}, and the header of its digest.
   */
  static UploadForm form(Exchange exchange) throws IOException {
    Parameters parameters = Parameters.of(exchange.query());
    return new UploadForm(
        parameters.has("gzip"),
        parameters.last("from"),
        DigestHeader.of(exchange, DigestHeader.WHOLE));
  }

  /** Returns how many bytes are announced, or a negative number. */
  private static long size(Exchange exchange) throws ApiException {
    String encoding = exchange.header("Transfer-Encoding");
    long length =
        encoding != null && encoding.toLowerCase(Locale.ROOT).contains("chunked")
            ? -1
            : number(exchange, "Content-Length");
    long announced = number(exchange, "X-OpenStack-Image-Size");
    if (length >= 0 && announced >= 0 && length != announced) {
      throw ApiException.invalid(
          "X-OpenStack-Image-Size is %d, and Content-Length %d".formatted(announced, length));
    }
    return Math.max(length, announced);
  }

  /** Returns a size of a header, or a negative number if it is not there. */
  static long number(Exchange exchange, String header) throws ApiException {
    String text = exchange.header(header);
    if (text == null) {
      return -1;
    }
    try {
      long number = Long.parseLong(text.trim());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // It is refused below.
    }
    throw ApiException.invalid(header + " is no size: " + text);
  }

  /** Answers with the data, or the part of it that is asked for. */
  void get(Caller caller, String id, Exchange exchange, ImageApi.Progress progress)
      throws IOException {
    Parameters parameters = Parameters.of(exchange.query());
    String format = parameters.last("format");
    if (format != null) {
      getAs(caller, id, format, exchange, progress);
      return;
    }
    String preferred = Objects.requireNonNullElse(parameters.last("prefer"), "");
    Optional<ImageContent> opened = service.open(caller, id, preferred);
    if (opened.isEmpty()) {
      progress.respond(exchange, Response.empty(204));
      return;
    }
    try (ImageContent content = opened.get()) {
      long size = content.data().size();
      RangeHeader range = RangeHeader.of(exchange, size);
      Map<String, String> all = new LinkedHashMap<>();
      all.put("Content-Type", OCTETS);
      all.put("Accept-Ranges", "bytes");
      all.put("ETag", '"' + content.data().sha512().substring(0, 32) + '"');
      if (range == null) {
        all.put("Content-MD5", content.data().md5());
      } else {
        all.put("Content-Range", range.in(size));
      }
      progress.respond(
          exchange,
          new Response(
              range == null ? 200 : 206,
              all,
              new Counted(new Part(content.channel(), range, size), metrics)));
    }
  }

  /** Answers with the manifest of the disk: an extension. */
  void getManifest(Caller caller, String id, Exchange exchange, ImageApi.Progress progress)
      throws IOException {
    try (SeekableByteChannel manifest =
        service
            .stores()
            .openManifest(caller, id)
            .orElseThrow(() -> new ApiException(404, "Image " + id + " has no manifest"))) {
      progress.respond(
          exchange,
          new Response(
              200,
              Map.of("Content-Type", OCTETS),
              new Counted(new Part(manifest, null, manifest.size()), metrics)));
    }
  }

  /** Answers with the disk in another format, of which no part can be asked for. */
  private void getAs(
      Caller caller, String id, String format, Exchange exchange, ImageApi.Progress progress)
      throws IOException {
    Optional<DerivedImage> opened = service.openAs(caller, id, format);
    if (opened.isEmpty()) {
      progress.respond(exchange, Response.empty(204));
      return;
    }
    try (DerivedImage image = opened.get()) {
      progress.respond(
          exchange,
          new Response(
              200, Map.of("Content-Type", OCTETS), new Counted(new Derived(image), metrics)));
    }
  }

  /** What is counted as it goes, since a client may want the headers alone, or not all of it. */
  private record Counted(Response.Content content, Metrics metrics) implements Response.Content {
    @Override
    public long length() {
      return content.length();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      content.writeTo(
          new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              // Before, so that who has the bytes finds them counted.
              metrics.sent(length);
              out.write(bytes, offset, length);
            }
          });
    }
  }

  /** An image that is generated. */
  private record Derived(DerivedImage image) implements Response.Content {
    @Override
    public long length() {
      return image.size().orElse(-1);
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      image.writeTo(Channels.newChannel(out));
    }
  }

  /** Some bytes of a channel. */
  private static final class Part implements Response.Content {
    private final SeekableByteChannel channel;
    private final long start;
    private final long length;

    Part(SeekableByteChannel channel, @Nullable RangeHeader range, long size) {
      this.channel = channel;
      this.start = range == null ? 0 : range.start();
      this.length = range == null ? size : range.length();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      SeekableByteChannel _ = channel.position(start);
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(PIECE, length));
      for (long left = length; left > 0; left -= buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new EOFException("the store has fewer bytes than the image");
          }
        }
        out.write(buffer.array(), 0, buffer.limit());
      }
    }
  }
}
