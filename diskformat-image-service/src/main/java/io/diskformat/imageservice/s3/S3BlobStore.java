package io.diskformat.imageservice.s3;

import io.diskformat.imageservice.BlobStore;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Blobs as objects of a bucket, each {@code PREFIX/BLOB}. What is larger than one part is uploaded
 * in parts, of which one is in memory: 8 MiB, and more only beyond 12 GiB, as an object has 10,000
 * parts at most. A part of an upload that was cut off is one of a multipart upload, which {@link
 * #uploads} finds.
 */
public final class S3BlobStore implements BlobStore {
  /** In bytes; the least that S3 takes is 5 MiB. */
  private static final int PART = 8 << 20;

  /** A store that hangs fails at last. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);
  private static final Set<String> PARAMETERS = Set.of("endpoint", "region");

  private final S3Calls calls;
  private final int part;

  private S3BlobStore(S3Calls calls, int part) {
    this.calls = calls;
    this.part = part;
  }

  /**
   * Opens the store in a bucket.
   *
   * @param client is not closed
   * @param prefix of the names of all objects, without the slash behind it; empty for none
   */
  public static S3BlobStore open(S3Client client, String bucket, String prefix) {
    return open(client, bucket, prefix, PART);
  }

  static S3BlobStore open(S3Client client, String bucket, String prefix, int part) {
    String folder = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    return new S3BlobStore(new S3Calls(client, bucket, folder), part);
  }

  /**
   * Opens the store of a URI: {@code s3://BUCKET/PREFIX}, with {@code ?endpoint=URI} of another
   * service than that of AWS, and {@code region=NAME}. Keys are looked for where the SDK looks for
   * them: {@code AWS_ACCESS_KEY_ID} and {@code AWS_SECRET_ACCESS_KEY} of the environment, for one.
   *
   * @throws IllegalArgumentException if it is no such URI
   * @throws IOException if the bucket cannot be reached
   */
  public static S3BlobStore open(URI uri) throws IOException {
    String bucket = uri.getAuthority();
    if (!"s3".equals(uri.getScheme()) || bucket == null) {
      throw new IllegalArgumentException("expected s3://BUCKET/PREFIX, not " + uri);
    }
    Map<String, String> parameters = parameters(uri);
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(CONNECT_TIMEOUT)
                    .socketTimeout(READ_TIMEOUT))
            // Not every service knows those that are newer than the protocol.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    String endpoint = parameters.get("endpoint");
    if (endpoint != null) {
      builder.endpointOverride(URI.create(endpoint)).forcePathStyle(true);
    }
    String region = parameters.getOrDefault("region", endpoint == null ? "" : "us-east-1");
    if (!region.isEmpty()) {
      builder.region(Region.of(region));
    }
    String path = uri.getPath();
    S3BlobStore store = open(builder.build(), bucket, path.isEmpty() ? "" : path.substring(1));
    var _ = store.calls.call("", client -> client.headBucket(request -> request.bucket(bucket)));
    return store;
  }

  private static Map<String, String> parameters(URI uri) {
    Map<String, String> parameters = new HashMap<>();
    String query = uri.getRawQuery();
    if (query != null) {
      for (String one : query.split("&", -1)) {
        int equals = one.indexOf('=');
        String name = one.substring(0, Math.max(0, equals));
        if (!PARAMETERS.contains(name)) {
          throw new IllegalArgumentException(
              "not endpoint=URI or region=NAME: " + one + " of " + uri);
        }
        String _ =
            parameters.put(
                name, URLDecoder.decode(one.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }

  /** No name that is not a UUID becomes a part of a key. */
  private static String canonical(String name) {
    return UUID.fromString(name).toString();
  }

  /** Objects of somebody else are left alone. */
  private boolean isOurs(String key) {
    try {
      return key.startsWith(calls.prefix()) && canonical(name(key)).equals(name(key));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private String name(String key) {
    return key.substring(calls.prefix().length());
  }

  @Override
  public Pending begin(String upload) {
    return new S3Upload(calls, canonical(upload), part);
  }

  @Override
  public SeekableByteChannel open(String blob) throws IOException {
    return S3Channel.open(calls, canonical(blob));
  }

  @Override
  public void delete(String blob) throws IOException {
    String name = canonical(blob);
    var _ =
        calls.call(
            name,
            client ->
                client.deleteObject(
                    request -> request.bucket(calls.bucket()).key(calls.key(name))));
  }

  @Override
  public void abandon(String upload) throws IOException {
    String name = canonical(upload);
    for (MultipartUpload one : multipartUploads(name)) {
      if (one.key().equals(calls.key(name))) {
        S3Upload.abort(calls, name, one.uploadId());
      }
    }
  }

  private List<MultipartUpload> multipartUploads(String name) throws IOException {
    return calls.call(
        name,
        client ->
            client
                .listMultipartUploadsPaginator(
                    request -> request.bucket(calls.bucket()).prefix(calls.key(name)))
                .uploads()
                .stream()
                .toList());
  }

  @Override
  public Stream<String> uploads() throws IOException {
    return multipartUploads("").stream()
        .map(MultipartUpload::key)
        .filter(this::isOurs)
        .map(this::name)
        .distinct();
  }

  @Override
  public Stream<String> blobs() throws IOException {
    return calls
        .call(
            "",
            client ->
                client
                    .listObjectsV2Paginator(
                        request -> request.bucket(calls.bucket()).prefix(calls.prefix()))
                    .contents()
                    .stream()
                    .map(S3Object::key)
                    .filter(this::isOurs)
                    .map(this::name)
                    .toList())
        .stream();
  }

  /** Nobody knows. */
  @Override
  public long free() {
    return Long.MAX_VALUE;
  }

  @Override
  public String type() {
    return "s3";
  }

  /** What is larger than a part is uploaded in parts, one at a time. */
  @Override
  public SortedMap<String, Object> properties() {
    SortedMap<String, Object> properties = new TreeMap<>();
    properties.put("s3_store_large_object_size", part);
    properties.put("s3_store_large_object_chunk_size", part);
    properties.put("s3_store_thread_pools", 1);
    return properties;
  }
}
