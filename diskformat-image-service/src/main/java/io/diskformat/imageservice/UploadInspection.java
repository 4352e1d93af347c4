package io.diskformat.imageservice;

import java.nio.ByteBuffer;

/** Looks at data while it arrives. Not thread-safe. */
interface UploadInspection {
  /**
   * Looks at the next bytes.
   *
   * @throws ImageServiceException as soon as they prove that the image is refused
   */
  void accept(ByteBuffer bytes) throws ImageServiceException;

  /**
   * Says that there are no more.
   *
   * @return the size of the disk, in bytes
   * @throws ImageServiceException if the image is refused
   */
  long finish() throws ImageServiceException;
}
