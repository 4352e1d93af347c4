package io.diskformat.imageservice.http;

import io.diskformat.imageservice.http.ImageApiTest.RunningServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Requests that no honest client sends, to the JDK's own server. */
final class JdkHostileRequestsTest extends HostileRequestsTest {
  @Override
  RunningServer start(ImageApi api) throws IOException {
    ImageServer started =
        ImageServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), api);
    return new RunningServer(started.uri(), started::close);
  }
}
