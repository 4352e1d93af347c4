package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileContent;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file that is no directory. Its attributes are read when a caller asks for them. */
final class IsoFile implements FileNode {
  private final IsoVolume volume;
  private final DirectoryRecord record;
  private final RockRidge rockRidge;

  /** The sections of the content, if there are several. */
  private final @Nullable FileSections several;

  /** Read on demand. */
  private @Nullable NodeAttributes attributes;

  /**
   * Creates a file.
   *
   * @param record the first of its records
   * @param several sections of its content, or null if the record is the only one
   */
  IsoFile(
      IsoVolume volume,
      DirectoryRecord record,
      RockRidge rockRidge,
      @Nullable FileSections several) {
    this.volume = volume;
    this.record = record;
    this.rockRidge = rockRidge;
    this.several = several;
  }

  @Override
  public Kind kind() {
    return IsoVolume.kindOf(rockRidge);
  }

  /** Two threads may read it at once, with equal results. */
  @Override
  public NodeAttributes attributes() {
    NodeAttributes known = attributes;
    if (known == null) {
      long size = several == null ? record.size() : several.size();
      known = volume.ofFile(size, record, rockRidge);
      attributes = known;
    }
    return known;
  }

  @Override
  public String linkTarget() {
    if (kind() != Kind.SYMBOLIC_LINK) {
      throw new UnsupportedOperationException("no symbolic link");
    }
    return rockRidge.target().orElseThrow();
  }

  @Override
  public List<ByteRange> ranges() throws IOException {
    List<ByteRange> ranges = stored();
    if (rockRidge.compression().isPresent()) {
      throw new UnsupportedFeatureException(
          volume.disc().name(), "the place of what zisofs has compressed");
    }
    return ranges;
  }

  @Override
  public BlockDevice content() throws IOException {
    List<ByteRange> ranges = stored();
    BlockDevice stored = FileContent.of(volume.disc().device(), ranges);
    Optional<Compression> compression = rockRidge.compression();
    if (compression.isEmpty()) {
      return stored;
    }
    long position = ranges.isEmpty() ? -1 : ranges.getFirst().offset();
    return CompressedContent.of(volume.disc(), stored, position, compression.get());
  }

  /** Returns what is stored of the content, which may be compressed. */
  BlockDevice storedContent() throws IOException {
    return FileContent.of(volume.disc().device(), stored());
  }

  /** Returns the value of an attribute, if it is recorded. */
  Optional<byte[]> attribute(String name) {
    return rockRidge.attribute(name);
  }

  /** Returns where what is stored of the content is. */
  private List<ByteRange> stored() throws IOException {
    DeviceBytes disc = volume.disc();
    if (kind() != Kind.FILE) {
      throw new UnsupportedOperationException("no regular file");
    }
    FileSections sections = several;
    if (sections == null) {
      sections = new FileSections(disc, volume.blockSize());
      sections.add(record);
    }
    Optional<String> unsupported = sections.unsupported().or(rockRidge::unsupported);
    if (unsupported.isPresent()) {
      throw new UnsupportedFeatureException(disc.name(), unsupported.get());
    }
    List<ByteRange> ranges = sections.ranges();
    for (ByteRange range : ranges) {
      disc.check(range.offset(), range.length(), "content of a file");
    }
    return ranges;
  }
}
