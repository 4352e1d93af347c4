package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.device.PlainBytes;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says where a layer that nobody writes, or one below it, stores bytes as they are. */
final class PlainLookup {
  /** The length from which on no more is looked up, in bytes. */
  private static final long MOST = 2 << 20;

  private final LayerReader reader;
  private final GuestMap map;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final StableLookup lookup;

  PlainLookup(LayerReader reader, GuestMap map, Storage data, @Nullable BlockDevice below) {
    this.reader = reader;
    this.map = map;
    this.data = data;
    this.below = below;
    this.lookup = new StableLookup(reader, () -> 0);
  }

  /** Returns where the bytes from an offset on are, as far as they are in one place. */
  PlainBytes.@Nullable Range at(long offset) throws IOException {
    return lookup.at(offset, this::find).orElse(null);
  }

  private Optional<PlainBytes.Range> find(long offset) throws IOException {
    long location = map.locate(offset);
    long unit = map.unit() - (offset & map.unit() - 1);
    return switch (Location.kind(location)) {
      case Location.DATA -> stored(offset, location, unit);
      case Location.HOLE -> inBelow(offset, map.holeLength(offset));
      case Location.RESERVED_HOLE -> inBelow(offset, unit);
      default -> Optional.empty();
    };
  }

  private Optional<PlainBytes.Range> stored(long offset, long location, long unit)
      throws IOException {
    long most = Math.min(MOST, reader.size() - offset);
    long length = unit;
    while (length < most && map.locate(offset + length) == location + length) {
      length += map.unit();
    }
    long position = Location.position(location);
    // What the file is too short for is read, which takes note of it.
    long there = Math.min(Math.min(length, most), data.size() - position);
    return there > 0 ? Optional.of(new PlainBytes.Range(data, position, there)) : Optional.empty();
  }

  private Optional<PlainBytes.Range> inBelow(long offset, long length) throws IOException {
    if (!(below instanceof PlainBytes plain) || offset >= below.size()) {
      return Optional.empty();
    }
    return Optional.ofNullable(plain.plainAt(offset))
        .map(range ->
            new PlainBytes.Range(
                range.storage(), range.position(), Math.min(range.length(), length)));
  }
}
