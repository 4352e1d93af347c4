package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The volume descriptors: the primary one, that of booting, those of other trees, and the last.
 *
 * <pre>
 * of a tree                                       of booting
 *    0  1  type: 1 primary, 2 supplementary          0  1  type: 0
 *    1  5  "CD001"                                   1  5  "CD001"
 *    6  1  version: 1; 2 for ISO 9660:1999           6  1  version: 1
 *    8 32  system, label                             7 32  "EL TORITO SPECIFICATION"
 *   80  8  size of the volume in blocks             71  4  block of the catalog
 *   88 32  escape sequences: "%/E" is Joliet
 *  120  4  discs in the set, 124 its number, 128 size of a block
 *  132  8  size of the path table
 *  140  4  block of the path table with the lowest byte first
 *  148  4  block of the other one
 *  156 34  record of the root
 *  190     volume set, publisher, preparer, application (128 each)
 *  702     files of the copyright, the abstract, the bibliography (37 each)
 *  813     created, modified, expires, effective (17 each)
 *  881  1  version: 1; 2 for ISO 9660:1999
 *  883 512 for applications
 * </pre>
 */
final class VolumeDescriptorSet implements ImagePart {
  /** Where it begins: behind what no disc uses. */
  static final int FIRST = 16;

  /** Where applications, as the one that implants MD5 sums, have room for themselves. */
  static final int APPLICATION_USE = 883;

  /** How long a label may be, in bytes. */
  static final int LABEL = 32;

  static final int APPLICATION_SIZE = 512;

  private static final int TYPE_PRIMARY = 1;
  private static final int TYPE_SUPPLEMENTARY = 2;
  private static final int TYPE_LAST = 255;
  private static final byte[] ROOT = {0};
  private static final int ROOT_RECORD = 34;

  private final DiscIdentifiers identifiers;
  private final Instant date;
  private final List<Tree> trees = new ArrayList<>();
  private @Nullable Extent catalog;
  private byte[] applicationUse = new byte[0];
  private long volumeBlocks;

  private record Tree(DiscReport.Tree kind, DirectoryTree directories, PathTables paths) {}

  VolumeDescriptorSet(DiscIdentifiers identifiers, Instant date) {
    this.identifiers = identifiers;
    this.date = date;
  }

  /** Adds a tree; the primary one first. */
  void add(DiscReport.Tree kind, DirectoryTree directories, PathTables paths) {
    trees.add(new Tree(kind, directories, paths));
  }

  /** Sets where the boot catalog is. */
  void catalog(Extent extent) {
    catalog = extent;
  }

  /** Sets how large the volume is, in blocks. */
  void volumeBlocks(long blocks) {
    volumeBlocks = blocks;
  }

  /** Sets what the primary descriptor has for applications; up to 512 bytes. */
  void applicationUse(byte[] bytes) {
    applicationUse = bytes;
  }

  @Override
  public long place(long first) {
    return first + trees.size() + (catalog == null ? 0 : 1) + 1;
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    for (Tree tree : trees) {
      out.write(ofTree(tree).array());
      if (tree.kind() == DiscReport.Tree.PRIMARY && catalog != null) {
        out.write(ofBooting(catalog).array());
      }
    }
    out.write(descriptor(TYPE_LAST, 1).array());
  }

  private static ByteBuffer descriptor(int type, int version) {
    ByteBuffer to = DiscFields.buffer(DiscFields.BLOCK);
    to.put(0, (byte) type);
    to.put(1, DiscFields.ascii("CD001"));
    to.put(6, (byte) version);
    return to;
  }

  private static ByteBuffer ofBooting(Extent catalog) {
    ByteBuffer to = descriptor(0, 1);
    to.put(7, DiscFields.ascii("EL TORITO SPECIFICATION"));
    to.putInt(71, (int) catalog.block());
    return to;
  }

  private ByteBuffer ofTree(Tree tree) {
    DiscReport.Tree kind = tree.kind();
    int version = kind == DiscReport.Tree.ENHANCED ? 2 : 1;
    ByteBuffer to =
        descriptor(kind == DiscReport.Tree.PRIMARY ? TYPE_PRIMARY : TYPE_SUPPLEMENTARY, version);
    if (kind == DiscReport.Tree.JOLIET) {
      to.put(88, DiscFields.ascii("%/E"));
    }
    DiscFields.both32(to, 80, volumeBlocks);
    DiscFields.both16(to, 120, 1);
    DiscFields.both16(to, 124, 1);
    DiscFields.both16(to, 128, DiscFields.BLOCK);
    DiscFields.both32(to, 132, tree.paths().size());
    to.putInt(140, (int) tree.paths().littleEndian());
    to.order(ByteOrder.BIG_ENDIAN).putInt(148, (int) tree.paths().bigEndian());
    to.order(ByteOrder.LITTLE_ENDIAN);
    DiscDirectory root = tree.directories().root();
    DiscRecord.writeHead(
        to, 156, ROOT_RECORD, ROOT, root.block(), root.size(), date, DiscRecord.DIRECTORY);
    putTexts(to, kind);
    DiscFields.digits(to, 813, date);
    DiscFields.digits(to, 830, date);
    DiscFields.noDigits(to, 847);
    DiscFields.noDigits(to, 864);
    to.put(881, (byte) version);
    if (kind == DiscReport.Tree.PRIMARY) {
      to.put(APPLICATION_USE, applicationUse);
    }
    return to;
  }

  private void putTexts(ByteBuffer to, DiscReport.Tree kind) {
    put(to, 8, 32, identifiers.system(), kind);
    put(to, 40, LABEL, identifiers.volume(), kind);
    put(to, 190, 128, identifiers.volumeSet(), kind);
    put(to, 318, 128, identifiers.publisher(), kind);
    put(to, 446, 128, identifiers.preparer(), kind);
    put(to, 574, 128, identifiers.application(), kind);
    put(to, 702, 37, identifiers.copyright(), kind);
    put(to, 739, 37, identifiers.summary(), kind);
    put(to, 776, 37, identifiers.bibliography(), kind);
  }

  private static void put(ByteBuffer to, int at, int length, String text, DiscReport.Tree kind) {
    Charset charset =
        kind == DiscReport.Tree.JOLIET ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1;
    DiscFields.text(to, at, length, recorded(text, kind, length), charset);
  }

  /** Returns a text as a descriptor records it: in Joliet, half as long as elsewhere. */
  static String recorded(String text, DiscReport.Tree kind, int length) {
    if (kind == DiscReport.Tree.JOLIET) {
      return text.substring(0, Math.min(text.length(), length / 2));
    }
    StringBuilder result = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      result.setCharAt(i, (c >= ' ' && c < 0x7f) || (c >= 0x80 && c <= 0xff) ? c : '_');
    }
    return result.toString();
  }
}
