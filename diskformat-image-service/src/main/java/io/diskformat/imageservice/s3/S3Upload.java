package io.diskformat.imageservice.s3;

import io.diskformat.imageservice.BlobStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A blob that is uploaded, in parts if it is larger than one. */
final class S3Upload implements BlobStore.Pending {
  private static final String OCTETS = "application/octet-stream";

  /** In bytes: what is in memory at first, as many blobs are small. */
  private static final int FIRST = 64 << 10;

  /** How many have one size; the next ones are twice as large. */
  private static final int PARTS_OF_A_SIZE = 1500;

  private final S3Calls calls;
  private final String blob;
  private final List<CompletedPart> parts = new ArrayList<>();
  private byte[] bytes = new byte[FIRST];
  private int part;
  private int length;
  private long size;
  private @Nullable String multipart;
  private boolean complete;

  S3Upload(S3Calls calls, String blob, int part) {
    this.calls = calls;
    this.blob = blob;
    this.part = part;
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (length == part) {
        sendPart();
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(part, 2 * bytes.length));
      }
      int count = Math.min(source.remaining(), bytes.length - length);
      source.get(bytes, length, count);
      length += count;
      size += count;
    }
  }

  private void sendPart() throws IOException {
    String upload = multipart;
    if (upload == null) {
      upload =
          calls.call(
              blob,
              client ->
                  client
                      .createMultipartUpload(request ->
                          request.bucket(calls.bucket()).key(calls.key(blob)).contentType(OCTETS))
                      .uploadId());
      multipart = upload;
    }
    String id = upload;
    int number = parts.size() + 1;
    String tag =
        calls.call(
            blob,
            client ->
                client
                    .uploadPart(
                        request ->
                            request
                                .bucket(calls.bucket())
                                .key(calls.key(blob))
                                .uploadId(id)
                                .partNumber(number),
                        body())
                    .eTag());
    boolean _ = parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
    length = 0;
    if (number % PARTS_OF_A_SIZE == 0) {
      part *= 2;
    }
  }

  /** Is read again if it is sent again, and not copied. */
  private RequestBody body() {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes, 0, length), length, OCTETS);
  }

  @Override
  public String complete() throws IOException {
    if (multipart == null) {
      put();
    } else {
      sendPart();
      completeParts(multipart);
    }
    complete = true;
    return blob;
  }

  private void put() throws IOException {
    var _ =
        calls.call(
            blob,
            client -> {
              try {
                return client.putObject(
                    request ->
                        request
                            .bucket(calls.bucket())
                            .key(calls.key(blob))
                            .contentType(OCTETS)
                            .ifNoneMatch("*"),
                    body());
              } catch (S3Exception e) {
                if (S3Calls.isTaken(e)) {
                  checkIsOurs(e);
                  return PutObjectResponse.builder().build();
                }
                throw e;
              }
            });
  }

  /**
   * An object that is there already may be this one, of a call whose answer was lost, and which was
   * made again: then it has the same bytes.
   */
  private void checkIsOurs(S3Exception cause) throws IOException {
    ByteBuffer stored = ByteBuffer.allocate(length + 1);
    try (S3Channel channel = S3Channel.open(calls, blob)) {
      while (stored.hasRemaining() && channel.read(stored) >= 0) {
        // More is to come.
      }
    } catch (IOException e) {
      e.addSuppressed(cause);
      throw e;
    }
    if (!stored.flip().equals(ByteBuffer.wrap(bytes, 0, length))) {
      throw taken(cause);
    }
  }

  private FileAlreadyExistsException taken(S3Exception cause) {
    FileAlreadyExistsException e = new FileAlreadyExistsException(blob);
    e.initCause(cause);
    return e;
  }

  /** If the answer is lost and the call is made again, there is no such upload any more. */
  private void completeParts(String upload) throws IOException {
    try {
      var _ =
          calls.call(
              blob,
              client ->
                  client.completeMultipartUpload(request ->
                      request
                          .bucket(calls.bucket())
                          .key(calls.key(blob))
                          .uploadId(upload)
                          .multipartUpload(all -> all.parts(parts))));
    } catch (NoSuchFileException e) {
      long stored = S3Channel.size(calls, blob);
      if (stored != size) {
        throw new IOException(blob + ": " + stored + " bytes are stored of " + size, e);
      }
    }
  }

  static void abort(S3Calls calls, String blob, String upload) throws IOException {
    try {
      var _ =
          calls.call(
              blob,
              client ->
                  client.abortMultipartUpload(request ->
                      request.bucket(calls.bucket()).key(calls.key(blob)).uploadId(upload)));
    } catch (NoSuchFileException e) {
      // Somebody else did that.
    }
  }

  @Override
  public void close() throws IOException {
    if (!complete && multipart != null) {
      abort(calls, blob, multipart);
    }
  }
}
