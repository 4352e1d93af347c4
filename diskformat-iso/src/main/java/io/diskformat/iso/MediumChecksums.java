package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks the MD5 checksums that are recorded on a disc, if any are.
 *
 * <p>isomd5sum's are where the primary volume descriptor has room for an application, of all but
 * the last sectors, that room being of spaces:
 *
 * <pre>
 * ISO MD5SUM = 8c73...;SKIPSECTORS = 15;RHLISOSTATUS=0;FRAGMENT SUMS = c1e5...;FRAGMENT COUNT = 20;
 * </pre>
 *
 * <p>Those of libisofs are in blocks of their own, the first behind the volume descriptors:
 *
 * <pre>
 * libisofs_sb_checksum_tag_v1 pos=50 range_start=32 range_size=18 next=55 md5=383c... self=b655...
 * </pre>
 */
final class MediumChecksums {
  private static final int APPLICATION = 883;
  private static final int APPLICATION_LENGTH = 512;
  private static final int CHUNK = 1 << 20;
  private static final int MOST_TAGS = 64;
  private static final Pattern IMPLANTED =
      Pattern.compile("ISO MD5SUM = ([0-9a-f]{32});.*?SKIPSECTORS = (\\d{1,9});", Pattern.DOTALL);
  private static final Pattern TAG =
      Pattern.compile(
          "(libisofs_\\w*checksum_tag_v1 pos=(\\d{1,10}) range_start=(\\d{1,10})"
              + " range_size=(\\d{1,10})(?: session_start=\\d{1,10})?(?: next=(\\d{1,10}))?"
              + " md5=([0-9a-f]{32})) self=([0-9a-f]{32})\n.*",
          Pattern.DOTALL);

  private final DeviceBytes disc;
  private final CheckReport.Builder report;

  private MediumChecksums(DeviceBytes disc, CheckReport.Builder report) {
    this.disc = disc;
    this.report = report;
  }

  static void check(
      DeviceBytes disc, VolumeDescriptors descriptors, long session, CheckReport.Builder report)
      throws IOException {
    MediumChecksums checksums = new MediumChecksums(disc, report);
    checksums.checkImplanted(descriptors.primary());
    if (descriptors.last() >= 0) {
      checksums.checkTags(descriptors.last() / Disc.SECTOR + 1);
    }
  }

  private void checkImplanted(VolumeDescriptor primary) throws IOException {
    byte[] field = new byte[APPLICATION_LENGTH];
    primary.bytes().get(APPLICATION, field);
    Matcher matcher = IMPLANTED.matcher(new String(field, StandardCharsets.ISO_8859_1));
    if (!matcher.find()) {
      return;
    }
    long position = primary.position() + APPLICATION;
    long end = primary.volumeSize() - Long.parseLong(matcher.group(2)) * Disc.SECTOR;
    if (end < position + APPLICATION_LENGTH || end > disc.size()) {
      report.corruption(
          "isomd5sum", position, "a checksum of " + end + " bytes", "as many as the image has");
      return;
    }
    MessageDigest digest = md5();
    update(digest, disc.device(), 0, position);
    digest.update(" ".repeat(APPLICATION_LENGTH).getBytes(StandardCharsets.ISO_8859_1));
    update(digest, disc.device(), position + APPLICATION_LENGTH, end);
    compare("isomd5sum", position, matcher.group(1), digest);
  }

  private void checkTags(long first) throws IOException {
    Set<Long> seen = new HashSet<>();
    long block = first;
    while (seen.add(block) && seen.size() <= MOST_TAGS) {
      long position = block * Disc.SECTOR;
      if (position > disc.size() - Disc.SECTOR) {
        report.corruption("checksum of libisofs", -1, "the next at " + position, "on the image");
        return;
      }
      ByteBuffer bytes = disc.read(position, Disc.SECTOR, "checksum");
      Matcher tag = TAG.matcher(StandardCharsets.ISO_8859_1.decode(bytes));
      if (!tag.matches()) {
        if (block != first) {
          report.corruption("checksum of libisofs", position, "none", "the one announced before");
        }
        return;
      }
      checkTag(position, tag);
      if (tag.group(5) == null) {
        return;
      }
      block = Long.parseLong(tag.group(5));
    }
  }

  private void checkTag(long position, Matcher tag) throws IOException {
    MessageDigest self = md5();
    self.update(tag.group(1).getBytes(StandardCharsets.ISO_8859_1));
    compare("tag of libisofs", position, tag.group(7), self);
    long start = Long.parseLong(tag.group(3)) * Disc.SECTOR;
    long length = Long.parseLong(tag.group(4)) * Disc.SECTOR;
    if (start > disc.size() - length) {
      report.corruption(
          "checksum of libisofs",
          position,
          "one of " + length + " bytes from " + start + " on",
          "of a range of the image, of " + disc.size() + " bytes");
      return;
    }
    MessageDigest digest = md5();
    update(digest, disc.device(), start, start + length);
    compare("checksum of libisofs", position, tag.group(6), digest);
  }

  private void compare(String structure, long position, String recorded, MessageDigest computed) {
    String found = HexFormat.of().formatHex(computed.digest());
    if (!recorded.equals(found)) {
      report.corruption(structure, position, recorded, found + ", that of what is there");
    }
  }

  /** Adds a range of a device to a checksum. */
  static void update(MessageDigest digest, BlockDevice device, long from, long to)
      throws IOException {
    device.willRead(from, to - from);
    byte[] buffer = new byte[(int) Math.min(CHUNK, to - from)];
    for (long at = from; at < to; at += buffer.length) {
      int count = (int) Math.min(buffer.length, to - at);
      byte[] bytes = count == buffer.length ? buffer : new byte[count];
      device.read(at, bytes);
      digest.update(bytes);
    }
  }

  static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each JDK has MD5", e);
    }
  }
}
