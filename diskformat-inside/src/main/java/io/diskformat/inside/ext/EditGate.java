package io.diskformat.inside.ext;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What of a volume, and of its files, this library changes. The rest is refused by name. */
final class EditGate {
  static final String BIGALLOC = "bigalloc";

  private static final int ORPHANS = 0x10000;

  /** Features that only those who know them may write; of most it is enough to leave them alone. */
  private static final int WRITTEN =
      Features.SPARSE_SUPERBLOCKS
          | Features.LARGE_FILES
          | Features.HUGE_FILES
          | Features.GROUP_CHECKSUMS
          | Features.MANY_LINKS
          | Features.LARGE_INODES
          | Features.QUOTA
          | Features.BIGALLOC
          | Features.METADATA_CHECKSUMS
          | Features.PROJECT
          | Features.VERITY;

  private static final Map<Integer, String> OTHERS =
      new TreeMap<>(
          Map.of(
              0x80,
              "snapshots",
              0x800,
              "replica",
              0x1000,
              "readonly",
              0x4000,
              "shared_blocks",
              ORPHANS,
              "orphan_present"));

  /** Flags of inodes, and what has them. */
  private static final Map<Integer, String> CONTENT =
      new TreeMap<>(
          Map.of(
              Inode.COMPRESSED, "a compressed file",
              Inode.IMMUTABLE, "an immutable file",
              Inode.APPEND_ONLY, "an append-only file",
              Inode.ENCRYPTED, "an encrypted file",
              Inode.VERITY, "a file with verity",
              Inode.ATTRIBUTE_VALUE, "the value of an attribute",
              Inode.HUGE, "a file with the flag huge_file",
              Inode.CASEFOLD, "a directory with casefold"));

  private static final int MULTIPLE_MOUNTS_CLEAN = 0xFF4D4D50;
  private static final int MULTIPLE_MOUNTS_MAGIC = 0x004D4D50;

  private EditGate() {}

  /**
   * Refuses a volume that was not left as an edit must find it.
   *
   * @throws UnsupportedFeatureException that names what is in the way
   */
  static void check(ExtVolume volume) throws IOException {
    Superblock superblock = volume.superblock();
    ByteBuffer bytes = volume.bytes().read(Superblock.POSITION, Superblock.SIZE, "superblock");
    if (superblock.hasIncompatible(Features.RECOVER)) {
      throw refused(volume, "that has a journal to be written out first (needs_recovery)");
    }
    short state = bytes.getShort(0x3A);
    if (state != 1) {
      throw refused(volume, "that was not unmounted, or has errors (state " + state + ")");
    }
    if (bytes.getInt(0xE8) != 0) {
      throw refused(volume, "that has orphan inodes");
    }
    int unknown = superblock.readOnly() & ~WRITTEN;
    if (unknown != 0) {
      int bit = Integer.lowestOneBit(unknown);
      String name = OTHERS.getOrDefault(bit, "feature 0x" + Integer.toHexString(bit));
      throw refused(volume, "with " + name);
    }
    if (superblock.hasIncompatible(Features.MULTIPLE_MOUNTS)) {
      ByteBuffer block =
          volume.read((long) bytes.getInt(0x168) << Integer.SIZE >>> Integer.SIZE, "MMP block");
      if (block.getInt(0) != MULTIPLE_MOUNTS_MAGIC || block.getInt(4) != MULTIPLE_MOUNTS_CLEAN) {
        throw refused(volume, "that somebody has mounted (mmp)");
      }
    }
    if (superblock.journalInode() != 0
        && (superblock.compatible() & Features.JOURNAL) != 0
        && !new JournalLog(new JournalFile(volume), volume.device().toString()).isEmpty()) {
      throw refused(volume, "whose journal is not empty, although it says so");
    }
    if (superblock.blocks() > volume.device().size() / superblock.blockSize()) {
      throw refused(volume, "that is larger than its device");
    }
  }

  private static UnsupportedFeatureException refused(ExtVolume volume, String what) {
    return volume.unsupported("changing files of ext4 " + what);
  }

  /** Returns why the number of blocks and inodes in use cannot change, or null. */
  static @Nullable String fixed(Superblock superblock) {
    int features = superblock.readOnly();
    if ((features & Features.BIGALLOC) != 0) {
      return BIGALLOC;
    }
    if ((features & Features.QUOTA) != 0) {
      return "quota";
    }
    return (features & Features.PROJECT) != 0 ? "project" : null;
  }

  /** Refuses a file whose content is not changed. */
  static void checkContent(ExtVolume volume, Inode file) throws IOException {
    if (file.kind() != Kind.FILE) {
      throw new FileSystemException(
          "inode " + file.number(), null, "is no regular file, of " + volume.device());
    }
    checkFlags(volume, file, -1);
    FileData.check(volume, file);
  }

  /** Refuses a directory whose entries are not changed. */
  static void checkDirectory(ExtVolume volume, Inode directory) throws IOException {
    checkFlags(volume, directory, -1);
  }

  /** Refuses a file that is not removed, nor are its attributes changed. */
  static void checkAttributes(ExtVolume volume, Inode file) throws IOException {
    checkFlags(volume, file, Inode.IMMUTABLE | Inode.APPEND_ONLY | Inode.ATTRIBUTE_VALUE);
  }

  private static void checkFlags(ExtVolume volume, Inode file, int which) throws IOException {
    for (Map.Entry<Integer, String> flag : CONTENT.entrySet()) {
      if ((flag.getKey() & which) != 0 && file.has(flag.getKey())) {
        throw refused(volume, "of " + flag.getValue() + ", inode " + file.number());
      }
    }
  }
}
