package io.diskformat.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class NameBytesTest {
  @Property
  void everyNameKeepsItsBytes(@ForAll @Size(max = 12) byte[] bytes) {
    assertEquals(HexFormat.of().formatHex(bytes), NameBytes.hex(NameBytes.decode(bytes)));
  }

  @Property
  void textIsItself(@ForAll String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    String valid = new String(bytes, StandardCharsets.UTF_8);
    assertEquals(valid, NameBytes.decode(bytes));
    assertFalse(NameBytes.hasEscapes(valid));
  }

  @Test
  void aLostByteIsNotTheCharacterThatStandsForOne() {
    String lost = NameBytes.decode(new byte[] {'a', (byte) 0xff});
    assertNotEquals(NameBytes.decode("a\ufffd".getBytes(StandardCharsets.UTF_8)), lost);
    assertTrue(NameBytes.hasEscapes(lost));
    assertTrue(NameBytes.problem(lost).contains("61ff"), NameBytes.problem(lost));
  }

  @Test
  void saysWhatKeepsANameFromBeingOne() {
    assertTrue(NameBytes.problem("a\0b").contains("zero byte"), NameBytes.problem("a\0b"));
    assertTrue(NameBytes.problem("\u00e9").contains("c3a9"), NameBytes.problem("\u00e9"));
  }
}
