package io.diskformat.imageservice.s3;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Calls for the objects of one bucket below one prefix; what fails is an {@link IOException}.
 *
 * @param prefix empty, or ends with a slash
 */
record S3Calls(S3Client client, String bucket, String prefix) {
  private static final int NOT_FOUND = 404;
  private static final int PRECONDITION_FAILED = 412;
  private static final int INSUFFICIENT_STORAGE = 507;

  /** A call. */
  @FunctionalInterface
  interface Call<T> {
    T with(S3Client client) throws IOException;
  }

  String key(String blob) {
    return prefix + blob;
  }

  /**
   * Makes a call.
   *
   * @param what it is for: the name of an object, or nothing
   * @throws NoSuchFileException if there is no such object
   */
  <T> T call(String what, Call<T> call) throws IOException {
    String place = "s3://" + bucket + "/" + prefix + what;
    try {
      return call.with(client);
    } catch (S3Exception e) {
      if (isMissing(e)) {
        throw (NoSuchFileException) new NoSuchFileException(place).initCause(e);
      }
      if (e.statusCode() == INSUFFICIENT_STORAGE) {
        throw (FileSystemException)
            new FileSystemException(place, null, "No space left on device").initCause(e);
      }
      throw new IOException(place + ": " + e.getMessage(), e);
    } catch (SdkException e) {
      throw new IOException(place + ": " + e.getMessage(), e);
    }
  }

  static boolean isMissing(S3Exception e) {
    return e.statusCode() == NOT_FOUND;
  }

  static boolean isTaken(S3Exception e) {
    return e.statusCode() == PRECONDITION_FAILED;
  }
}
