package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes what the first cluster holds behind the fields of the header: the extensions and the
 * backing file's name. At every instant, whatever part of a write reached the disk, the image has
 * either all of the old ones or all of the new ones.
 *
 * <p>The host writes a sector as a whole, and no more. So all extensions but the names of features
 * must have room in the first sector, where the fields are that point to the name. A new name is
 * written where nothing is; then the first sector is replaced; and then the names of features,
 * which an image can do without, are put behind the other extensions again.
 */
final class HeaderRewrite {
  private static final int SECTOR = 512;

  /** The length of an extension's type and length, and of the end of all. */
  private static final int PREFIX = 8;

  private final Storage storage;
  private final int clusterSize;
  private final ByteBuffer cluster;
  private int listStart;
  private final int oldEnd;
  private final int oldName;
  private final byte[] oldNameBytes;
  private final List<HeaderExtensions.Extension> extensions;
  private byte[] name;
  private boolean changesName;
  private long autoclear;

  /**
   * Begins a change.
   *
   * @param header as it is in the file
   */
  HeaderRewrite(Storage storage, Qcow2Header header) throws IOException {
    this.storage = storage;
    this.clusterSize = header.clusterSize();
    int there = (int) Math.min(clusterSize, storage.size());
    this.cluster = ByteBuffer.allocate(clusterSize).put(0, storage.read(0, there), 0, there);
    this.listStart =
        header.version() < 3 ? HeaderLayout.VERSION_2_END : cluster.getInt(HeaderLayout.LENGTH);
    this.extensions = new ArrayList<>(header.extensions().all());
    this.oldEnd = listStart + length(extensions);
    this.oldName = (int) cluster.getLong(HeaderLayout.BACKING_NAME);
    this.oldNameBytes =
        new byte[oldName == 0 ? 0 : cluster.getInt(HeaderLayout.BACKING_NAME_LENGTH)];
    cluster.get(oldName, oldNameBytes);
    this.name = oldNameBytes;
    long known = Qcow2Header.BITMAPS | Qcow2Header.RAW_EXTERNAL_DATA;
    this.autoclear = header.autoclear() & known;
  }

  private static int length(List<HeaderExtensions.Extension> list) {
    return list.stream().mapToInt(e -> PREFIX + (e.data.length + 7 & -8)).sum() + PREFIX;
  }

  /** Sets the backing file's name and format, or that there is none. */
  HeaderRewrite backing(Optional<String> newName, Optional<String> format) {
    name = newName.orElse("").getBytes(StandardCharsets.UTF_8);
    changesName = true;
    byte[] text = format.map(f -> f.getBytes(StandardCharsets.UTF_8)).orElse(null);
    return extension(HeaderExtensions.BACKING_FORMAT, text);
  }

  /** Sets the data of an extension, or that there is no such extension. */
  HeaderRewrite extension(int type, byte @Nullable [] data) {
    int at = 0;
    for (int i = 0; i < extensions.size(); i++) {
      if (extensions.get(i).type == type) {
        at = i;
        extensions.remove(i--);
      }
    }
    if (data != null) {
      extensions.add(at, new HeaderExtensions.Extension(type, data));
    }
    return this;
  }

  /** Changes the version: from 2 to 3, or from 3 to 2, which has no features. */
  HeaderRewrite version(int version) {
    cluster.putInt(HeaderLayout.VERSION, version);
    if (version < 3) {
      listStart = HeaderLayout.VERSION_2_END;
      return extension(HeaderExtensions.FEATURE_NAMES, null);
    }
    listStart = HeaderLayout.END;
    cluster.put(
        HeaderLayout.VERSION_2_END, new byte[HeaderLayout.END - HeaderLayout.VERSION_2_END]);
    cluster.putInt(HeaderLayout.REFCOUNT_ORDER, 4);
    cluster.putInt(HeaderLayout.LENGTH, HeaderLayout.END);
    return extension(HeaderExtensions.FEATURE_NAMES, NewHeader.featureTable());
  }

  /** Sets or clears an autoclear feature bit. */
  HeaderRewrite autoclear(long bit, boolean value) {
    autoclear = value ? autoclear | bit : autoclear & ~bit;
    return this;
  }

  /**
   * Makes the change, and makes it durable.
   *
   * @throws UnsupportedFeatureException if the extensions do not fit into the first sector
   * @throws IOException if there is no room for the name, or the file cannot be written
   */
  void write() throws IOException {
    List<HeaderExtensions.Extension> needed = new ArrayList<>(extensions);
    needed.removeIf(e -> e.type == HeaderExtensions.FEATURE_NAMES);
    int end = listStart + length(needed);
    if (end > SECTOR) {
      throw new UnsupportedFeatureException(
          storage.name(), "changing a header whose extensions take more than one sector");
    }
    List<HeaderExtensions.Extension> names = new ArrayList<>(extensions);
    names.removeAll(needed);
    int named = end + length(names) - PREFIX;
    int place = name.length == 0 ? 0 : place(named, end);
    boolean withNames = place == 0 ? named <= clusterSize : named <= place;
    writeName(place);
    boolean atOnce = withNames && named <= SECTOR;
    if (atOnce) {
      needed.addAll(names);
    }
    writeFirstSector(needed, place);
    if (!atOnce && withNames && !names.isEmpty()) {
      writeFeatureNames(names, end - PREFIX);
    }
  }

  /**
   * Returns where the name is to be.
   *
   * @param named where the extensions end
   * @param end where they end without the names of features, which are left out if there is no room
   */
  private int place(int named, int end) throws IOException {
    if (!changesName && oldName >= named) {
      return oldName;
    }
    for (int least : new int[] {named, end}) {
      if (least + name.length <= SECTOR) {
        // The name changes together with the field that points to it.
        return least;
      }
      int free = Math.max(least, oldEnd);
      int behind = Math.max(free, oldName + oldNameBytes.length + 7 & -8);
      for (int at : new int[] {free, behind}) {
        boolean overlaps = at < oldName + oldNameBytes.length && oldName < at + name.length;
        if (!overlaps && at + name.length <= clusterSize) {
          return at;
        }
      }
    }
    throw new IOException(
        storage.name() + ": no room in the header for a name of " + name.length + " bytes");
  }

  private void writeName(int place) throws IOException {
    if (place + name.length > SECTOR && place != oldName) {
      storage.write(place, MemorySegment.ofArray(name));
      storage.flush(WriteStep.BACKING_NAME);
    }
  }

  private void writeFirstSector(List<HeaderExtensions.Extension> list, int place)
      throws IOException {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).put(0, cluster, 0, listStart);
    sector.putLong(HeaderLayout.BACKING_NAME, place);
    sector.putInt(HeaderLayout.BACKING_NAME_LENGTH, name.length);
    if (sector.getInt(HeaderLayout.VERSION) >= 3) {
      sector.putLong(HeaderLayout.AUTOCLEAR, autoclear);
    }
    sector.position(listStart);
    for (HeaderExtensions.Extension extension : list) {
      put(sector, extension);
    }
    if (place > 0 && place < SECTOR) {
      sector.put(place, name, 0, Math.min(name.length, SECTOR - place));
    }
    storage.write(0, MemorySegment.ofArray(sector.array()));
    storage.flush(WriteStep.FIRST_SECTOR);
  }

  /** Puts the names of features behind the other extensions: first what they say, then that. */
  private void writeFeatureNames(List<HeaderExtensions.Extension> names, int at)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length(names));
    names.forEach(extension -> put(bytes, extension));
    MemorySegment all = MemorySegment.ofArray(bytes.array());
    storage.write(at + PREFIX, all.asSlice(PREFIX));
    storage.flush(WriteStep.FEATURE_NAMES);
    storage.write(at, all.asSlice(0, PREFIX));
    storage.flush(WriteStep.FEATURE_NAMES);
  }

  private static void put(ByteBuffer target, HeaderExtensions.Extension extension) {
    int next = target.position() + PREFIX + (extension.data.length + 7 & -8);
    target.putInt(extension.type).putInt(extension.data.length).put(extension.data);
    target.position(next);
  }
}
