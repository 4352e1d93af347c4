package io.diskformat.imageservice.download;

import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImportSource;
import io.diskformat.imageservice.download.WebDownloads.Target;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One request by HTTP 1.1 to an address that is given, whatever its host is called: no client of
 * the JDK connects to another address than it finds itself.
 */
final class HttpFetch implements Closeable {
  /** In bytes, of all headers. */
  private static final int MOST_HEADERS = 64 << 10;

  private final Target target;
  private final Socket socket;
  private final InputStream in;
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private int left = MOST_HEADERS;
  private int status;

  private HttpFetch(Target target, Socket socket, Duration patience, long slowest)
      throws IOException {
    this.target = target;
    this.socket = socket;
    this.in =
        new BufferedInputStream(
            new MinimumRate(
                socket.getInputStream(),
                patience.toNanos(),
                slowest,
                System::nanoTime,
                () -> refused("sends less than " + slowest + " bytes a second")),
            64 << 10);
  }

  /**
   * Asks, and reads the answer up to its data.
   *
   * @param patience how long it may take until something comes
   * @param slowest how many bytes a second must come
   */
  static HttpFetch of(Target target, Duration patience, long slowest) throws IOException {
    Socket socket = new Socket();
    Deadline deadline = Deadline.begin(socket, patience.multipliedBy(2));
    try {
      int milliseconds = (int) Math.min(Integer.MAX_VALUE, patience.toMillis());
      socket.connect(new InetSocketAddress(target.address(), target.port()), milliseconds);
      socket.setSoTimeout(milliseconds);
      HttpFetch fetch =
          new HttpFetch(
              target, target.isSecure() ? secure(socket, target) : socket, patience, slowest);
      fetch.ask();
      if (deadline.end()) {
        return fetch;
      }
      throw new IOException("late");
    } catch (IOException e) {
      socket.close();
      if (e instanceof ImageServiceException) {
        throw e;
      }
      boolean isLate = !deadline.end() || e instanceof SocketTimeoutException;
      String why = isLate ? "its answer does not come in time" : e.getMessage();
      throw WebDownloads.refused(target.uri().toString(), "cannot be reached: " + why);
    } finally {
      deadline.close();
    }
  }

  /** The certificate must be that of the host, and not of the address. */
  private static Socket secure(Socket socket, Target target) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket secure = (SSLSocket) factory.createSocket(socket, target.host(), target.port(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return secure;
  }

  private void ask() throws IOException {
    String path = target.uri().getRawPath();
    String query = target.uri().getRawQuery();
    String host = target.host().contains(":") ? "[" + target.host() + "]" : target.host();
    String request =
        "GET "
            + (path == null || path.isEmpty() ? "/" : path)
            + (query == null ? "" : "?" + query)
            + " HTTP/1.1\r\nHost: "
            + host
            + ":"
            + target.port()
            + "\r\nAccept: */*\r\nUser-Agent: diskformat\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    do {
      status = status(line());
      headers.clear();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          headers.put(line.substring(0, colon).trim(), line.substring(colon + 1).trim());
        }
      }
    } while (status < 200);
  }

  private int status(String line) throws ImageServiceException {
    String[] words = line.split(" ", 3);
    if (words.length >= 2
        && words[0].startsWith("HTTP/1.")
        && words[1].matches("[1-9][0-9][0-9]")) {
      return Integer.parseInt(words[1]);
    }
    throw refused("does not answer by HTTP");
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the server closed the connection");
      }
      if (left-- == 0) {
        throw refused("answers with more than " + MOST_HEADERS + " bytes of headers");
      }
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        var _ = line.append((char) c);
      }
    }
  }

  private ImageServiceException refused(String why) {
    return WebDownloads.refused(target.uri().toString(), why);
  }

  /** Returns where the answer redirects to, or null if it does not. */
  @Nullable String redirection() throws IOException {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> {
        String location = headers.get("Location");
        if (location == null) {
          close();
          throw refused("redirects to nowhere");
        }
        yield location;
      }
      default -> null;
    };
  }

  /** Returns the data of the answer; the connection is closed with it. */
  ImportSource.Data download() throws IOException {
    try {
      if (status != 200) {
        throw refused("is answered with status " + status);
      }
      String coding = headers.get("Transfer-Encoding");
      if (coding != null) {
        if (!coding.toLowerCase(Locale.ROOT).equals("chunked")) {
          throw refused("comes in the coding " + coding);
        }
        return new ImportSource.Data(new ChunkedBody(in, socket), -1);
      }
      long size = size();
      return new ImportSource.Data(new PlainBody(in, socket, size), size);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private long size() throws ImageServiceException {
    String text = headers.get("Content-Length");
    if (text == null) {
      return -1;
    }
    if (text.matches("[0-9]{1,18}")) {
      return Long.parseLong(text);
    }
    throw refused("says a length that is none");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /**
   * Closes a connection that has not come to its answer in time: a server may send one byte after
   * the other for ever, in each of which it is not silent.
   */
  private static final class Deadline {
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final Thread thread;

    private Deadline(Socket socket, Duration time) {
      thread =
          Thread.ofVirtual()
              .unstarted(() -> {
                try {
                  Thread.sleep(time);
                  if (isOver.compareAndSet(false, true)) {
                    socket.close();
                  }
                } catch (InterruptedException | IOException e) {
                  // The answer has come, or nobody waits for it any more.
                }
              });
    }

    static Deadline begin(Socket socket, Duration time) {
      Deadline deadline = new Deadline(socket, time);
      deadline.thread.start();
      return deadline;
    }

    /** Returns whether it was in time. */
    boolean end() {
      return isOver.compareAndSet(false, true);
    }

    void close() {
      thread.interrupt();
    }
  }
}
