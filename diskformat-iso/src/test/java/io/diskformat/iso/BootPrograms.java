package io.diskformat.iso;

import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Programs that a firmware boots: each writes a message to the first serial port, and ends the
 * virtual machine by its port 0xf4.
 */
final class BootPrograms {
  private BootPrograms() {}

  private static byte[] bytes(String hex, String message) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(HexFormat.ofDelimiter(" ").parseHex(hex));
    all.writeBytes((message + "\0").getBytes(StandardCharsets.US_ASCII));
    return all.toByteArray();
  }

  /** Returns a boot image for a BIOS, which runs wherever it is loaded. */
  static byte[] forBios(String message) {
    // push cs; pop ds; call +0; pop si; add si, 24; cld;
    // next: lodsb; test al, al; jz done; mov dx, 0x3f8; out dx, al; jmp next;
    // done: mov dx, 0xf4; mov al, 1; out dx, al; stop: hlt; jmp stop
    byte[] program =
        bytes(
            "0e 1f e8 00 00 5e 83 c6 18 fc ac 84 c0 74 06 ba f8 03 ee eb f5"
                + " ba f4 00 b0 01 ee f4 eb fd",
            message);
    ByteBuffer image = ByteBuffer.allocate(4096);
    // jmp over the boot information table
    image.put(0, new byte[] {(byte) 0xeb, 0x3e});
    return image.put(64, program).array();
  }

  /**
   * Returns a master boot record that loads four sectors from where its bytes 432 to 439 say, and
   * runs them.
   */
  static byte[] masterBootRecord() {
    ByteBuffer record = ByteBuffer.allocate(512);
    // xor ax, ax; mov ds, ax; mov si, 0x7da8; mov ah, 0x42; int 0x13; jmp 0:0x8000
    record.put(
        0, HexFormat.ofDelimiter(" ").parseHex("31 c0 8e d8 be a8 7d b4 42 cd 13 ea 00 80 00 00"));
    // What to load, and to where: ends with the first sector.
    record.put(424, HexFormat.ofDelimiter(" ").parseHex("10 00 04 00 00 80 00 00"));
    return record.array();
  }

  /** Writes a FAT file system with a program for UEFI, made by mtools. */
  static Path forUefi(Path directory, String message) throws IOException {
    Path program = Files.write(directory.resolve("BOOTX64.EFI"), application(message));
    Path image = directory.resolve("efi.img");
    Oracle.of("mformat").run("-C", "-i", image, "-f", "1440", "::").orFail();
    Oracle.of("mmd").run("-i", image, "::/EFI", "::/EFI/BOOT").orFail();
    Oracle.of("mcopy").run("-i", image, program, "::/EFI/BOOT/BOOTX64.EFI").orFail();
    return image;
  }

  /** Returns a PE image of one section. */
  private static byte[] application(String message) {
    // lea rsi, [rip + 23]; cld;
    // next: lodsb; test al, al; jz done; mov dx, 0x3f8; out dx, al; jmp next;
    // done: mov dx, 0xf4; mov al, 1; out dx, al; stop: hlt; jmp stop
    byte[] program =
        bytes(
            "48 8d 35 17 00 00 00 fc ac 84 c0 74 07 66 ba f8 03 ee eb f4"
                + " 66 ba f4 00 b0 01 ee f4 eb fd",
            message);
    ByteBuffer to = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    to.putShort(0, (short) 0x5a4d).putInt(0x3c, 0x40);
    to.putInt(0x40, 0x4550).putShort(0x44, (short) 0x8664).putShort(0x46, (short) 1);
    to.putShort(0x54, (short) 0xf0).putShort(0x56, (short) 0x22);
    int optional = 0x58;
    to.putShort(optional, (short) 0x20b).putInt(optional + 4, 0x200);
    to.putInt(optional + 16, 0x1000).putInt(optional + 20, 0x1000);
    to.putLong(optional + 24, 0x400000).putInt(optional + 32, 0x1000).putInt(optional + 36, 0x200);
    to.putInt(optional + 56, 0x2000).putInt(optional + 60, 0x200);
    to.putShort(optional + 68, (short) 10).putInt(optional + 108, 16);
    int section = optional + 0xf0;
    to.put(section, ".text".getBytes(StandardCharsets.US_ASCII));
    to.putInt(section + 8, 0x200).putInt(section + 12, 0x1000);
    to.putInt(section + 16, 0x200).putInt(section + 20, 0x200).putInt(section + 36, 0x60000020);
    return to.put(0x200, program).array();
  }
}
