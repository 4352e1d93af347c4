package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/**
 * An inode that is being changed. {@link Inode} draws it. Nothing of it counts before it is saved.
 */
final class InodeChange {
  private static final int SECTOR = 512;
  private static final int NANOSECONDS_SHIFT = 2;
  private static final int EPOCH_BITS = 3;

  private final ExtChanges changes;
  private final Inode inode;

  private InodeChange(ExtChanges changes, Inode inode) {
    this.changes = changes;
    this.inode = inode;
  }

  /** Begins a change of an inode that there is. */
  static InodeChange of(ExtChanges changes, long number) throws IOException {
    return new InodeChange(changes, changes.volume().inode(number));
  }

  /** Begins a change of an inode that is free, all of which but its generation is lost. */
  static InodeChange blank(ExtChanges changes, long number) throws IOException {
    ExtVolume volume = changes.volume();
    long position = volume.inodePosition(number);
    int size = volume.superblock().inodeSize();
    ByteBuffer old = volume.bytes().read(position, size, "inode");
    ByteBuffer blank = ByteBuffer.allocate(size).order(old.order());
    Inode inode = new Inode(number, position, blank);
    blank.putInt(0x64, new Inode(number, position, old).generation() + 1);
    return new InodeChange(changes, inode);
  }

  /** Returns the inode as it is by now. */
  Inode inode() {
    return inode;
  }

  ByteBuffer bytes() {
    return inode.bytes();
  }

  long number() {
    return inode.number();
  }

  /**
   * Fills a new inode, which has no blocks and whose times are now.
   *
   * @param more how much of it is used beyond what the oldest inodes have, in bytes
   */
  void begin(int more) {
    if (more > 0) {
      bytes().putShort(Inode.OLD_SIZE, (short) more);
    }
    setTime(changes.now(), 8, 0x8C);
    touchContent();
    if (inode.reaches(0x90, 2 * Integer.BYTES)) {
      setTime(changes.now(), 0x90, 0x94);
    }
    if (changes.superblock().hasIncompatible(Features.EXTENTS)) {
      setFlags(Inode.EXTENTS);
      ExtentTree.begin(bytes());
    }
  }

  void setMode(int mode) {
    bytes().putShort(0, (short) mode);
  }

  void setOwner(long owner, long group) {
    bytes().putShort(2, (short) owner).putShort(0x78, (short) (owner >>> Short.SIZE));
    bytes().putShort(0x18, (short) group).putShort(0x7A, (short) (group >>> Short.SIZE));
  }

  void setLinks(int links) {
    bytes().putShort(0x1A, (short) links);
  }

  void setFlags(int flags) {
    bytes().putInt(0x20, flags);
  }

  /** Sets the size, in bytes; of directories its lower 32 bits. */
  void setSize(long size) {
    bytes().putInt(4, (int) size);
    if (inode.kind() != Kind.DIRECTORY) {
      bytes().putInt(0x6C, (int) (size >>> Integer.SIZE));
    }
  }

  /** Records which block has its extended attributes, or 0. */
  void setAttributeBlock(long block) {
    bytes().putInt(0x68, (int) block).putShort(0x76, (short) (block >>> Integer.SIZE));
  }

  /** Adds to the number of blocks that it takes, in blocks of the volume. */
  void addBlocks(long count) {
    long sectors =
        inode.sectors()
            + ((long) Short.toUnsignedInt(bytes().getShort(0x74)) << Integer.SIZE)
            + count * (changes.superblock().blockSize() / SECTOR);
    bytes().putInt(0x1C, (int) sectors).putShort(0x74, (short) (sectors >>> Integer.SIZE));
  }

  /** Records the time of the edit as that when the content changed. */
  void touchContent() {
    setTime(changes.now(), 0x10, 0x88);
    touch();
  }

  /** Records the time of the edit as that when the inode changed. */
  void touch() {
    setTime(changes.now(), 0xC, 0x84);
  }

  void setModified(FileTime time) {
    setTime(time.toInstant(), 0x10, 0x88);
  }

  void setAccessed(FileTime time) {
    setTime(time.toInstant(), 8, 0x8C);
  }

  /** Records the time of the edit as that when the inode was freed. */
  void setDeleted() {
    bytes().putInt(0x14, (int) changes.now().getEpochSecond());
  }

  /** Sets a time, to the nearest that there is. */
  private void setTime(Instant time, int at, int moreAt) {
    boolean more = inode.reaches(moreAt, Integer.BYTES);
    long latest = more ? Integer.MAX_VALUE + (3L << Integer.SIZE) : Integer.MAX_VALUE;
    long seconds = Math.clamp(time.getEpochSecond(), Integer.MIN_VALUE, latest);
    int nanoseconds = time.getNano();
    bytes().putInt(at, (int) seconds);
    if (more) {
      int epoch = (int) ((seconds - (int) seconds) >>> Integer.SIZE) & EPOCH_BITS;
      bytes().putInt(moreAt, (nanoseconds << NANOSECONDS_SHIFT) | epoch);
    }
  }

  /** Makes this what the volume has. */
  void save() throws IOException {
    if (changes.superblock().hasMetadataChecksums()) {
      int sum = changes.superblock().checksums().ofInode(inode);
      bytes().putShort(Inode.CHECKSUM_LOW_AT, (short) sum);
      if (inode.reaches(Inode.CHECKSUM_HIGH_AT, Short.BYTES)) {
        bytes().putShort(Inode.CHECKSUM_HIGH_AT, (short) (sum >>> Short.SIZE));
      }
    }
    changes.device().put(inode.position(), bytes().array());
    changes.noteInode(number(), inode.position() / changes.superblock().blockSize());
  }
}
