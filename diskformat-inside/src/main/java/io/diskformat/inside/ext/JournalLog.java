package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.checksum.RawCrc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the log of a journal three times: to find where it ends, which is after the last
 * transaction that was committed; then for what is revoked, and for the blocks. Each block of the
 * log that describes others begins with the journal's mark, a kind, and the number of its
 * transaction.
 *
 * <pre>
 * 1  describes the blocks that follow, see {@link JournalTags}; its checksum is at its end
 * 2  commits a transaction; its checksum is at 10
 * 5  revokes: C  how many bytes are used, 32 bits; 10  the blocks, 32 or 64 bits each; its checksum
 *    is at its end
 * </pre>
 *
 * A block that a transaction revokes is not to be replaced by what this one or an earlier one has
 * of it.
 */
final class JournalLog {
  private static final int DESCRIPTOR = 1;
  private static final int COMMIT = 2;
  private static final int REVOKE = 5;
  static final int COMMIT_CHECKSUM_AT = 0x10;
  private static final int REVOKED_AT = 0x10;
  private static final short FAST_COMMIT_HEAD = 9;

  private final JournalFile journal;
  private final JournalSuperblock superblock;
  private final String device;

  /** The last transaction that revokes a block. */
  private final Map<Long, Integer> revoked = new HashMap<>();

  /** The blocks of the volume that the log has, as far as it was read. */
  private final Set<Long> described = new HashSet<>();

  JournalLog(JournalFile journal, String device) throws IOException {
    this.journal = journal;
    this.superblock = JournalSuperblock.read(journal, device);
    this.device = device;
  }

  /** Returns whether the log has anything in it. */
  boolean isEmpty() {
    return superblock.start() == 0;
  }

  /**
   * Returns which blocks of the volume are to be read from where in the journal, as {@link
   * ReplayedDevice} takes them.
   *
   * @throws UnsupportedFeatureException if the log ends with fast commits
   * @throws CorruptImageException if it makes no sense
   */
  SortedMap<Long, Long> replay() throws IOException {
    int end = findEnd();
    if (superblock.hasFastCommits()) {
      refuseFastCommits(end);
    }
    SortedMap<Long, Long> blocks = new TreeMap<>();
    walk(
        end,
        (bytes, sequence, after) -> {
          if (bytes.getInt(4) == REVOKE) {
            revoke(bytes, sequence);
          }
          return skipTagged(bytes, after);
        });
    walk(
        end,
        (bytes, sequence, after) ->
            bytes.getInt(4) == DESCRIPTOR ? replay(bytes, sequence, after, blocks) : after);
    return blocks;
  }

  /** Does something with a block that describes others, and returns the one after those. */
  @FunctionalInterface
  private interface Step {
    long on(ByteBuffer bytes, int sequence, long after) throws IOException;
  }

  /** Reads the part of the log that is known to be right. */
  private void walk(int end, Step step) throws IOException {
    int sequence = superblock.sequence();
    long at = superblock.start();
    while (sequence != end) {
      ByteBuffer bytes = journal.read(at);
      at = step.on(bytes, sequence, superblock.after(at));
      if (bytes.getInt(4) == COMMIT) {
        sequence++;
      }
    }
  }

  private long skipTagged(ByteBuffer bytes, long after) {
    long at = after;
    if (bytes.getInt(4) == DESCRIPTOR) {
      JournalTags tags = new JournalTags(superblock, bytes);
      while (tags.next() != null) {
        at = superblock.after(at);
      }
    }
    return at;
  }

  private boolean isOf(ByteBuffer bytes, int sequence) {
    return bytes.getInt(0) == ReplayedDevice.MAGIC && bytes.getInt(8) == sequence;
  }

  /** Returns the first transaction that was not committed, and notes which blocks are described. */
  private int findEnd() throws IOException {
    int sequence = superblock.sequence();
    long at = superblock.start();
    boolean revokesAreRight = true;
    // This also ends the reading of a log that leads round and round.
    long left = superblock.end() - superblock.first();
    while (left > 0) {
      ByteBuffer bytes = journal.read(at);
      if (!isOf(bytes, sequence)) {
        return sequence;
      }
      long block = at;
      at = superblock.after(at);
      left--;
      int checksumAt = bytes.capacity() - Integer.BYTES;
      switch (bytes.getInt(4)) {
        case DESCRIPTOR -> {
          if (!hasChecksum(bytes, checksumAt)) {
            return sequence;
          }
          JournalTags tags = new JournalTags(superblock, bytes);
          for (JournalTags.Tag tag = tags.next(); tag != null; tag = tags.next()) {
            described.add(tag.block());
            at = superblock.after(at);
            left--;
          }
        }
        case REVOKE -> {
          revokesAreRight &= hasChecksum(bytes, checksumAt) && isRevokedWithin(bytes);
        }
        case COMMIT -> {
          if (!hasChecksum(bytes, COMMIT_CHECKSUM_AT)) {
            return sequence;
          }
          if (!revokesAreRight) {
            throw journal.corrupt(block, "commits blocks to revoke that make no sense");
          }
          sequence++;
        }
        default -> {
          return sequence;
        }
      }
    }
    return sequence;
  }

  private boolean hasChecksum(ByteBuffer bytes, int at) {
    if (!superblock.hasChecksums()) {
      return true;
    }
    byte[] without = DeviceBytes.bytesOf(bytes).clone();
    ByteBuffer.wrap(without).putInt(at, 0);
    return RawCrc32c.update(superblock.seed(), without) == bytes.getInt(at);
  }

  private boolean isRevokedWithin(ByteBuffer bytes) {
    int used = bytes.getInt(0xC);
    int most = bytes.capacity() - (superblock.hasChecksums() ? Integer.BYTES : 0);
    return used >= REVOKED_AT && used <= most;
  }

  /** Of what is described nowhere, there may be any number, and it matters to nobody. */
  private void revoke(ByteBuffer bytes, int sequence) {
    int size = superblock.isWide() ? Long.BYTES : Integer.BYTES;
    for (int at = REVOKED_AT; at + size <= bytes.getInt(0xC); at += size) {
      long number =
          superblock.isWide() ? bytes.getLong(at) : Integer.toUnsignedLong(bytes.getInt(at));
      if (described.contains(number)) {
        revoked.put(number, sequence);
      }
    }
  }

  /** Notes the blocks of a descriptor, and returns the block of the log after them. */
  private long replay(ByteBuffer descriptor, int sequence, long from, Map<Long, Long> into)
      throws IOException {
    JournalTags tags = new JournalTags(superblock, descriptor);
    long at = from;
    for (JournalTags.Tag tag = tags.next(); tag != null; tag = tags.next()) {
      Integer last = revoked.get(tag.block());
      if (last == null || sequence - last > 0) {
        if (tag.block() < 0 || tag.block() >= journal.blocksOfVolume()) {
          throw journal.corrupt(at, "is of the block " + tag.block() + ", which there is not");
        }
        into.put(tag.block(), place(tag, sequence, at));
      }
      at = superblock.after(at);
    }
    return at;
  }

  private long place(JournalTags.Tag tag, int sequence, long at) throws IOException {
    long position = journal.position(at);
    if (superblock.hasChecksums() && !hasDataChecksum(tag, sequence, at)) {
      return ReplayedDevice.damaged(position);
    }
    return tag.escaped() ? ReplayedDevice.escaped(position) : position;
  }

  private boolean hasDataChecksum(JournalTags.Tag tag, int sequence, long at) throws IOException {
    byte[] number = ByteBuffer.allocate(Integer.BYTES).putInt(sequence).array();
    int sum = RawCrc32c.update(superblock.seed(), number);
    sum = RawCrc32c.update(sum, DeviceBytes.bytesOf(journal.read(at)));
    return superblock.hasChecksums3() ? sum == tag.checksum() : (sum & 0xFFFF) == tag.checksum();
  }

  /**
   * They are behind the log and one block more, with their lowest bytes first, and begin with what
   * they follow.
   */
  private void refuseFastCommits(int sequence) throws IOException {
    long first = superblock.end() + 1;
    if (first >= journal.count()) {
      return;
    }
    ByteBuffer bytes = journal.read(first).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getShort(0) == FAST_COMMIT_HEAD && bytes.getInt(8) == sequence) {
      throw new UnsupportedFeatureException(device, "a journal of ext4 with fast commits");
    }
  }
}
