package io.diskformat.imageservice.s3;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an object. Behind a jump little is asked for, as the next may follow; who reads on from
 * there gets all the rest in one answer. An answer that breaks off is asked for again.
 */
final class S3Channel implements SeekableByteChannel {
  /** In bytes: what is asked for after a jump. */
  private static final long LITTLE = 256 << 10;

  private static final int MOST_ATTEMPTS = 4;

  private final S3Calls calls;
  private final String blob;
  private final long size;
  private final byte[] buffer = new byte[64 << 10];
  private long position;
  private boolean open = true;

  /** The answer that is being read, where it is, and where it ends. */
  private @Nullable ResponseInputStream<GetObjectResponse> answer;

  private long answerPosition;
  private long answerEnd;

  private S3Channel(S3Calls calls, String blob, long size) {
    this.calls = calls;
    this.blob = blob;
    this.size = size;
  }

  static S3Channel open(S3Calls calls, String blob) throws IOException {
    return new S3Channel(calls, blob, size(calls, blob));
  }

  static long size(S3Calls calls, String blob) throws IOException {
    return calls.call(
        blob,
        client ->
            client
                .headObject(request -> request.bucket(calls.bucket()).key(calls.key(blob)))
                .contentLength());
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= size || !target.hasRemaining()) {
      return position >= size ? -1 : 0;
    }
    for (int attempt = 1; ; attempt++) {
      try {
        int wanted = (int) Math.min(buffer.length, Math.min(target.remaining(), size - position));
        int count = answer().read(buffer, 0, wanted);
        if (count < 0) {
          throw new EOFException(blob + ": the answer of the store ended at " + position);
        }
        target.put(buffer, 0, count);
        answerPosition += count;
        position += count;
        return count;
      } catch (IOException e) {
        endAnswer();
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private ResponseInputStream<GetObjectResponse> answer() throws IOException {
    ResponseInputStream<GetObjectResponse> present = answer;
    boolean goesOn = answerPosition == position;
    if (present != null && goesOn && position < answerEnd) {
      return present;
    }
    endAnswer();
    long end = goesOn ? size : Math.min(size, position + LITTLE);
    long start = position;
    present =
        calls.call(
            blob,
            client ->
                client.getObject(request ->
                    request
                        .bucket(calls.bucket())
                        .key(calls.key(blob))
                        .range("bytes=" + start + "-" + (end - 1))));
    answer = present;
    answerPosition = start;
    answerEnd = end;
    return present;
  }

  private void endAnswer() {
    if (answer != null) {
      // To read the rest could take hours.
      answer.abort();
      answer = null;
    }
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public synchronized long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public synchronized SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("a negative position: " + newPosition);
    }
    position = newPosition;
    return this;
  }

  private void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized long size() throws IOException {
    checkOpen();
    return size;
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }

  @Override
  public synchronized boolean isOpen() {
    return open;
  }

  @Override
  public synchronized void close() {
    open = false;
    endAnswer();
  }
}
