package io.diskformat.imageservice.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer. Immutable.
 *
 * @param status the status code of HTTP
 * @param headers by their names, without that of the length
 * @param content what follows them
 */
public record Response(int status, Map<String, String> headers, Content content) {
  private static final Content NOTHING = new Text(new byte[0]);

  /** The bytes of an answer. */
  public interface Content {
    /** Returns how many bytes there are, or a negative number if that is not known. */
    long length();

    /** Writes all of them. */
    void writeTo(OutputStream out) throws IOException;
  }

  @SuppressWarnings("ArrayRecordComponent") // nobody compares answers
  private record Text(byte[] bytes) implements Content {
    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      out.write(bytes);
    }
  }

  /** Makes a copy of the headers. */
  public Response {
    headers = Map.copyOf(headers);
  }

  /** Returns an answer without content. */
  public static Response empty(int status) {
    return new Response(status, Map.of(), NOTHING);
  }

  /** Returns a text of a media type. */
  public static Response text(int status, String type, String text) {
    return new Response(
        status,
        Map.of("Content-Type", type + "; charset=UTF-8"),
        new Text(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Returns an element of JSON, or what has its text for a text. */
  public static Response json(int status, Object json) {
    return new Response(
        status,
        Map.of("Content-Type", "application/json"),
        new Text(json.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /** Returns this answer with one more header. */
  public Response with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    String _ = more.put(name, value);
    return new Response(status, more, content);
  }
}
