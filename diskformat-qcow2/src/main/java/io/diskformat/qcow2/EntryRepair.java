package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Repairs entries of L1 and L2 tables that are wrong in themselves, where that does not change what
 * the disk shows: reserved bits, a flag that compressed clusters do not have, an unaligned place
 * for zeroes. Leaves a table whose cluster another structure uses as well, and one that does not
 * begin where a cluster does, as that can be no table. Each change is one word, which reaches the
 * file whole.
 */
final class EntryRepair {
  private final Storage storage;
  private final Qcow2Check image;
  private final CheckedFile file;
  private final Qcow2Header header;
  private final Consumer<Problem> changes;
  private final byte[] table;
  private final Set<Long> visited = new HashSet<>();
  private long changed;

  EntryRepair(Qcow2Check image, Consumer<Problem> changes) {
    this.image = image;
    this.file = image.file();
    this.storage = file.storage();
    this.header = file.header();
    this.changes = changes;
    this.table = new byte[header.clusterSize()];
  }

  /** Repairs the entries of all tables; returns how many were changed. */
  long run() throws IOException {
    ReferenceCheck references = image.references();
    references.visitWhole((position, entry) -> {
      long target = L1Entry.table(entry);
      if (references.unusual().contains(target)
          && file.isAligned(target)
          && image.isAlone(target, header.clusterSize())
          && visited.add(target)) {
        repairTable(target);
      }
      long correct = entry & ~ReferenceCheck.L1_RESERVED;
      if (correct != entry && image.isAlone(position, Long.BYTES)) {
        change(position, "L1 entry", entry, correct, null);
      }
    });
    return changed;
  }

  private void repairTable(long target) throws IOException {
    boolean extended = header.has(Qcow2Header.EXTENDED_L2);
    int step = 1 << header.l2EntryBits();
    file.read(target, table, table.length);
    for (int at = 0; at < table.length; at += step) {
      long entry = CheckedFile.word(table, at);
      long bitmap = extended ? CheckedFile.word(table, at + Long.BYTES) : 0;
      repairEntry(target + at, entry, bitmap);
    }
  }

  private void repairEntry(long position, long entry, long bitmap) throws IOException {
    boolean extended = header.has(Qcow2Header.EXTENDED_L2);
    if (L2Entry.isCompressed(entry)) {
      if (L2Entry.isCopied(entry)) {
        change(position, "L2 entry", entry, entry & ~L2Entry.COPIED, null);
      }
      return;
    }
    long correct = entry & ~L2Check.RESERVED;
    if (extended) {
      correct &= ~L2Entry.ZERO;
    }
    String text = null;
    boolean data = extended ? SubclusterBitmap.storesAny(bitmap) : !L2Entry.isZero(entry);
    long place = L2Entry.place(entry);
    if (!file.isAligned(place) && !data && header.version() >= 3) {
      correct = extended ? L2Entry.NONE : L2Entry.ZERO;
      text =
          "Repairing offset=%x: Preallocated cluster is not properly aligned; L2 entry corrupted."
              .formatted(place);
    }
    if (correct != entry) {
      change(position, "L2 entry", entry, correct, text);
    }
  }

  private void change(
      long position, String structure, long entry, long correct, @Nullable String text)
      throws IOException {
    Word.BIG_ENDIAN_64.write(storage, position, correct);
    changed++;
    changes.accept(
        Findings.change(
            Kind.RESERVED_BITS,
            structure,
            position,
            "0x%x".formatted(entry),
            "0x%x".formatted(correct),
            text));
  }
}
