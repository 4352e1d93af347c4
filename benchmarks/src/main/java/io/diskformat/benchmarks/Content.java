package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** What the disks hold. */
final class Content {
  /**
   * In bytes: files are written in pieces of this size, so that the page cache keeps them in large
   * pages.
   */
  static final int PIECE = 4 << 20;

  private Content() {}

  /** Returns a buffer for whole pieces, aligned so that the kernel copies fast. */
  static MemorySegment piece() {
    return Arena.ofAuto().allocate(PIECE, 4096);
  }

  /** Fills {@code target} with what a random disk holds from {@code offset} on. */
  static void random(MemorySegment target, long offset) {
    for (long at = 0; at < target.byteSize(); at += Long.BYTES) {
      // SplitMix64, so that any part can be made alone.
      long word = (offset + at) * 0x9e3779b97f4a7c15L;
      word = (word ^ word >>> 30) * 0xbf58476d1ce4e5b9L;
      word = (word ^ word >>> 27) * 0x94d049bb133111ebL;
      target.set(ValueLayout.JAVA_LONG, at, word ^ word >>> 31);
    }
  }

  /** Writes a raw disk of random bytes. */
  static void writeRandom(FileChannel file, long size) throws IOException {
    MemorySegment piece = piece();
    for (long at = 0; at < size; at += PIECE) {
      MemorySegment part = piece.asSlice(0, Math.min(PIECE, size - at));
      random(part, at);
      writeFully(file, at, part);
    }
  }

  /**
   * Writes a raw disk that compresses as programs do: the class and library files of the JDK that
   * runs this, end to end and over again.
   */
  static void writePrograms(FileChannel file, long size) throws IOException {
    List<Path> programs;
    try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.home"), "lib"))) {
      programs = files.filter(Content::isProgram).sorted().toList();
    }
    if (programs.isEmpty()) {
      throw new IOException("no programs found to fill a disk with");
    }
    ByteBuffer piece = piece().asByteBuffer();
    for (long at = 0; at < size; ) {
      for (Path program : programs) {
        try (FileChannel source = FileChannel.open(program, StandardOpenOption.READ)) {
          while (at < size && source.read(piece) >= 0) {
            if (!piece.hasRemaining() || at + piece.position() >= size) {
              piece.flip().limit((int) Math.min(piece.limit(), size - at));
              writeFully(file, at, MemorySegment.ofBuffer(piece));
              at += piece.limit();
              piece.clear();
            }
          }
        }
      }
    }
  }

  /** Returns whether a file holds program code that is not compressed already. */
  private static boolean isProgram(Path path) {
    String name = path.getFileName().toString();
    return Files.isRegularFile(path) && (name.equals("modules") || name.endsWith(".so"));
  }

  static void writeFully(FileChannel file, long position, MemorySegment source) throws IOException {
    ByteBuffer bytes = source.asByteBuffer();
    while (bytes.hasRemaining()) {
      file.write(bytes, position + bytes.position());
    }
  }
}
