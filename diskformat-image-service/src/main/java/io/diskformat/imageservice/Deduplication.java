package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Lets images of the same bytes and format have the same blobs: of another format, the manifest
 * beside a blob would be of another disk. Nothing is counted: a blob is kept as long as the record
 * of an image has it. So that it is not deleted while another image comes to it, that one claims it
 * first, in its lease; then the image that has it is changed to say that it is shared, which fails
 * if it was deleted meanwhile; and whoever deletes what is shared looks for other images first, and
 * finds the claim.
 */
final class Deduplication {
  private final ImageService service;
  private final Catalogue catalogue;
  private final Blobs blobs;

  Deduplication(ImageService service, Catalogue catalogue, Blobs blobs) {
    this.service = service;
    this.catalogue = catalogue;
    this.blobs = blobs;
  }

  /**
   * Finds out whether an upload brought what an image has already.
   *
   * @param data what the upload stored
   * @return the same with the blobs of the other image, which are claimed, where the stores have
   *     one; or just the same
   */
  StoredData share(Claims.Claim claim, StoredData data) throws IOException {
    for (ImageRecord other : equals(claim.image(), data)) {
      StoredData its = other.data();
      SortedMap<String, String> common = its == null ? new TreeMap<>() : common(data, its);
      if (!common.isEmpty() && share(claim, other.id(), common)) {
        return data.with(common).shared();
      }
    }
    return data;
  }

  private List<ImageRecord> equals(ImageRecord image, StoredData data) throws IOException {
    String format = image.attributes().diskFormat();
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.filter(other -> !other.id().equals(image.id()))
          .filter(other -> Objects.equals(other.attributes().diskFormat(), format))
          .filter(other -> hasSame(other, data))
          .toList();
    }
  }

  private static boolean hasSame(ImageRecord other, StoredData data) {
    StoredData its = other.data();
    return its != null
        && its.size() == data.size()
        && its.sha512().equals(data.sha512())
        && its.md5().equals(data.md5());
  }

  /** Returns the blobs of other data in the stores of this, but for those that are lost. */
  private SortedMap<String, String> common(StoredData data, StoredData other) throws IOException {
    SortedMap<String, String> common = new TreeMap<>(other.blobs());
    boolean _ = common.keySet().retainAll(data.blobs().keySet());
    for (Map.Entry<String, String> entry : other.blobs().entrySet()) {
      if (common.containsKey(entry.getKey()) && !isThere(entry, data.size())) {
        String _ = common.remove(entry.getKey());
      }
    }
    return common;
  }

  private boolean isThere(Map.Entry<String, String> blob, long size) {
    try (SeekableByteChannel channel = blobs.of(blob.getKey()).open(blob.getValue())) {
      return channel.size() == size;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean share(Claims.Claim claim, String other, Map<String, String> common)
      throws IOException {
    String upload = claim.upload();
    Optional<ImageRecord> claimed =
        service.replace(
            claim.image().id(),
            record ->
                record.isWrittenBy(upload)
                    ? record.claiming(new TreeSet<>(common.values()))
                    : record);
    if (claimed.isEmpty() || !claimed.get().isWrittenBy(upload)) {
      return false;
    }
    Optional<ImageRecord> shared =
        service.replace(other, record -> has(record, common) ? record.sharing() : record);
    return shared.isPresent() && has(shared.get(), common);
  }

  private static boolean has(ImageRecord record, Map<String, String> common) {
    StoredData data = record.data();
    return data != null && data.blobs().entrySet().containsAll(common.entrySet());
  }
}
