package io.diskformat.layer;

import io.diskformat.Extent;
import io.diskformat.Place;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.function.LongSupplier;

/** Says where one layer stores a byte, of compressed and encrypted data too. */
final class PlaceLookup {
  private final GuestMap map;
  private final Storage data;
  private final UnitCursor.Units units;
  private final StableLookup lookup;

  PlaceLookup(LayerReader reader, GuestMap map, Storage data, LongSupplier epoch) {
    this.map = map;
    this.data = data;
    this.units = new UnitCursor.Units(map, data.name());
    this.lookup = new StableLookup(reader, epoch);
  }

  /** Returns where a byte is, at most up to {@code end}. */
  Place at(long offset, long end) throws IOException {
    return lookup.at(offset, at -> find(at, end));
  }

  private Place find(long offset, long end) throws IOException {
    Extent extent = units.at(offset, end);
    Place place = Place.of(extent, map.unitName());
    long location = map.locate(offset);
    return switch (Location.kind(location)) {
      case Location.COMPRESSED ->
          placed(place, map.streamPosition(location), map.storedLength(location));
      case Location.DATA ->
          placed(
              place, data.positionInFile(map.dataPosition(offset, location)), place.length());
      default -> place;
    };
  }

  private Place placed(Place place, long position, long storedLength) {
    return new Place(
        place.offset(),
        place.length(),
        place.structure(),
        0,
        position < 0 ? null : data.name(),
        position,
        position < 0 ? 0 : storedLength);
  }
}
