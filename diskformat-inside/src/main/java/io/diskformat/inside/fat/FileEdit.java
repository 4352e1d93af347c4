package io.diskformat.inside.fat;

import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.util.Arrays;

/** Changes of the content of a file. For one thread. */
final class FileEdit {
  /** A size has 32 bits. */
  private static final long MOST_BYTES = 0xFFFF_FFFFL;

  private final FatVolume volume;
  private final ChangedDevice changed;
  private final TableEdit table;

  FileEdit(FatVolume volume, ChangedDevice changed, TableEdit table) {
    this.volume = volume;
    this.changed = changed;
    this.table = table;
  }

  /** The clusters that a file has, and those that it needs for a size. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares sizes
  record Resize(long size, int first, int[] kept, int[] surplus, int[] added) {

    private int last() {
      return kept.length == 0 ? Table.NONE : kept[kept.length - 1];
    }

    private long firstAfter() {
      if (kept.length > 0) {
        return first;
      }
      return added.length == 0 ? 0 : added[0];
    }
  }

  /**
   * Finds what it takes to give a file a size, and changes nothing.
   *
   * @throws FileSystemException if that is more than there is
   */
  Resize find(FatEntry file, long size) throws IOException {
    if (size > MOST_BYTES) {
      throw new FileSystemException(
          volume.device().toString(), null, "a file of FAT has less than 4 GiB");
    }
    long needed = Math.ceilDiv(size, volume.boot().clusterSize());
    int[] has = clusters(file.cluster(volume.boot().kind()));
    if ((long) has.length * volume.boot().clusterSize() < file.size()) {
      throw volume.corrupt(
          "entry of a directory",
          file.position(),
          "says %d bytes, and there are %d clusters".formatted(file.size(), has.length));
    }
    int kept = (int) Math.min(needed, has.length);
    changed.require(Math.max(0, size - file.size()));
    return new Resize(
        size,
        kept == 0 ? 0 : has[0],
        Arrays.copyOf(has, kept),
        Arrays.copyOfRange(has, kept, has.length),
        table.find((int) (needed - kept)));
  }

  /**
   * Returns the clusters of a chain.
   *
   * @param first its first, or 0 if there is none
   */
  int[] clusters(long first) throws IOException {
    int[] clusters = new int[16];
    int count = 0;
    if (first != 0) {
      Chain chain = new Chain(volume, first);
      for (int next = chain.next(); next != Table.NONE; next = chain.next()) {
        if (count == clusters.length) {
          clusters = Arrays.copyOf(clusters, 2 * count);
        }
        clusters[count++] = next;
      }
    }
    return Arrays.copyOf(clusters, count);
  }

  /**
   * Gives a file its size; the entry is to be stored by the caller.
   *
   * @param zeroes until where what is added is made zeroes, in bytes
   */
  void apply(FatEntry file, Resize resize, long zeroes) throws IOException {
    long size = file.size();
    if (resize.surplus.length > 0) {
      table.free(resize.last(), resize.surplus);
    }
    table.append(resize.last(), resize.added);
    file.setContent(volume.boot().kind(), resize.firstAfter(), resize.size);
    for (long at = size; at < zeroes; ) {
      int within = (int) (at % volume.boot().clusterSize());
      long length = Math.min(zeroes - at, volume.boot().clusterSize() - within);
      put(position(resize, at), MemorySegment.ofArray(new byte[(int) length]));
      at += length;
    }
  }

  /** Writes into a file that is long enough. */
  void write(Resize resize, long position, MemorySegment source) throws IOException {
    for (long done = 0; done < source.byteSize(); ) {
      long at = position + done;
      int within = (int) (at % volume.boot().clusterSize());
      long length = Math.min(source.byteSize() - done, volume.boot().clusterSize() - within);
      put(position(resize, at), source.asSlice(done, length));
      done += length;
    }
  }

  private long position(Resize resize, long at) {
    int index = (int) (at / volume.boot().clusterSize());
    int kept = resize.kept.length;
    int cluster = index < kept ? resize.kept[index] : resize.added[index - kept];
    return volume.boot().position(cluster) + at % volume.boot().clusterSize();
  }

  private void put(long position, MemorySegment source) throws IOException {
    int size = changed.blockSize();
    for (long done = 0; done < source.byteSize(); ) {
      int within = (int) ((position + done) % size);
      long block = (position + done) / size;
      int length = (int) Math.min(source.byteSize() - done, size - within);
      byte[] bytes = length == size ? changed.replace(block) : changed.change(block);
      MemorySegment.copy(source, done, MemorySegment.ofArray(bytes), within, length);
      done += length;
    }
  }
}
