package io.diskformat.imageservice.s3;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 server, S3Proxy, in a process of its own. Its jars are where {@code
 * build-support/s3proxy/pom.xml} puts them, or where {@code diskformat.s3proxy} says; without them
 * a test is skipped.
 */
public final class S3Proxy implements AutoCloseable {
  private static final String KEY = "diskformat";
  private static final List<String> PROPERTIES = List.of("aws.accessKeyId", "aws.secretAccessKey");

  /** However loaded the machine is. */
  private static final int MOST_SECONDS = 600;

  private final Path directory;
  private final int port;
  private Process process;

  private S3Proxy(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  private static Path jars() {
    return Path.of(
        System.getProperty("diskformat.s3proxy", "../build-support/s3proxy/target/dependency"));
  }

  /** Returns whether there is one. */
  public static boolean isThere() {
    return Files.isDirectory(jars());
  }

  /**
   * Starts one, or skips the test where there is none.
   *
   * @param directory of its files
   */
  public static S3Proxy start(Path directory) throws IOException {
    if (!isThere()) {
      abort("no S3Proxy: mvn -f build-support/s3proxy/pom.xml package");
    }
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path configuration = directory.resolve("s3proxy.properties");
    Files.writeString(
        configuration,
        """
        s3proxy.endpoint=http://127.0.0.1:%d
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.identity=%s
        s3proxy.credential=%s
        jclouds.provider=filesystem-nio2
        jclouds.filesystem.basedir=%s
        """
            .formatted(port, KEY, KEY, Files.createDirectories(directory.resolve("objects"))));
    S3Proxy proxy = new S3Proxy(directory, port);
    proxy.start(jars(), configuration);
    return proxy;
  }

  private void start(Path jars, Path configuration) throws IOException {
    File log = directory.resolve("log").toFile();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            jars.toAbsolutePath().resolve("*").toString(),
            "org.gaul.s3proxy.Main",
            "--properties",
            configuration.toString());
    process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    long begun = System.nanoTime();
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - begun > MOST_SECONDS * 1_000_000_000L) {
          close();
          fail(Files.readString(log.toPath()), e);
        }
        nap();
      }
    }
  }

  private static void nap() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  S3Client client() {
    return S3Client.builder()
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .endpointOverride(endpoint())
        .forcePathStyle(true)
        .region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, KEY)))
        .build();
  }

  /** Makes a bucket; returns the URI of a store in it. */
  public String bucket(String name) {
    try (S3Client client = client()) {
      var _ = client.createBucket(request -> request.bucket(name));
    }
    return "s3://" + name + "/images?endpoint=" + endpoint();
  }

  /** Has stores of URIs find the keys. */
  public static void giveKeys() {
    for (String property : PROPERTIES) {
      String _ = System.setProperty(property, KEY);
    }
  }

  /** Has the keys found no more. */
  public static void takeKeys() {
    for (String property : PROPERTIES) {
      String _ = System.clearProperty(property);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
