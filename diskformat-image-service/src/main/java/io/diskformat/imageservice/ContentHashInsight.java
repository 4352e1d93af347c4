package io.diskformat.imageservice;

import io.diskformat.BlockDevice;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the content hash of a disk, which is the same in whatever format it is: {@code
 * os_diskformat_content_hash}. The whole disk is read. Thread-safe.
 */
public final class ContentHashInsight implements DiskInsight {
  /** Creates it. */
  public ContentHashInsight() {}

  @Override
  public SortedMap<String, String> of(BlockDevice disk) throws IOException {
    SortedMap<String, String> properties = new TreeMap<>();
    String _ =
        properties.put(
            "os_diskformat_content_hash", ContentHash.sha256().workers(1).of(disk).hex());
    return properties;
  }
}
