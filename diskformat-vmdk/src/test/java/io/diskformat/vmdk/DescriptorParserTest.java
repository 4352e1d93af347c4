package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Descriptors as all kinds of tools write them, and some that no tool writes. */
final class DescriptorParserTest {

  private static Descriptor parse(String text) throws IOException {
    return DescriptorParser.parse("x.vmdk", text.getBytes(StandardCharsets.UTF_8));
  }

  private static String usual(String extents) {
    return "# Disk DescriptorFile\nversion=1\nCID=0172e8a4\nparentCID=ffffffff\n"
        + "createType=\"custom\"\n"
        + extents;
  }

  @Test
  void allThatIsThere() throws IOException {
    DescriptorFile file =
        new DescriptorFile(
                "RW 4192256 SPARSE \"a b-s001.vmdk\"",
                "RDONLY 10 FLAT \"/dev/sda\" 63 5a6b-part 77",
                "RW 63 ZERO",
                "NOACCESS 5 FLAT \"x\" 1")
            .over("base disk.vmdk", "fffffffe")
            .more("ddb.longContentID = \"c30e9133f6a8e34df61188c51010a8cd\"");
    Descriptor descriptor = parse(file.text());
    assertEquals("custom", descriptor.createType());
    assertEquals(0x1234_5678L, descriptor.cid());
    assertEquals(0x1234_5678L, descriptor.contentId());
    assertEquals(Descriptor.IN_LONG_ID, descriptor.parentCid());
    assertEquals(Optional.of("base disk.vmdk"), descriptor.parentName());
    assertTrue(descriptor.hasParent());
    assertEquals(
        List.of(
            new ExtentLine(Access.RW, 4192256, ExtentType.SPARSE, Optional.of("a b-s001.vmdk"), 0),
            new ExtentLine(Access.RDONLY, 10, ExtentType.FLAT, Optional.of("/dev/sda"), 63),
            new ExtentLine(Access.RW, 63, ExtentType.ZERO, Optional.empty(), 0),
            new ExtentLine(Access.NOACCESS, 5, ExtentType.FLAT, Optional.of("x"), 1)),
        descriptor.extents());
    assertEquals((4192256L + 10 + 63 + 5) * 512, descriptor.size());
    file.cid = "fffffffe";
    assertEquals(0x1010_a8cdL, parse(file.text()).contentId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r", " \n", "\t\r\n\r\n"})
  void anyLineEnds(String end) throws IOException {
    Descriptor descriptor = parse(usual("RW 7 ZERO\nRW 2 ZERO").replace("\n", end));
    assertEquals(9 * 512, descriptor.size());
    assertFalse(descriptor.hasParent());
  }

  @Test
  void anyCaseAndBlanks() throws IOException {
    Descriptor descriptor =
        parse(
            "  # disk descriptorfile \n\tVERSION = 1 \nCid= \"0172E8A4\"\nPARENTcid =FFFFFFFF\n"
                + " createtype\t=  \"2gbMaxExtentSparse\"  \n"
                + "  rw   7\tsparse  \"x\"  \n# The disk Data Base \nddb.x=\n");
    assertEquals(7 * 512, descriptor.size());
    assertEquals(0x0172_e8a4L, descriptor.cid());
    assertEquals("2gbMaxExtentSparse", descriptor.createType());
  }

  @Test
  void zeroesEndTheText() throws IOException {
    assertEquals(512, parse(usual("RW 1 ZERO\n") + "\0\0\0RW 2 ZERO\n\0").size());
  }

  @ParameterizedTest
  @CsvSource({
    "windows-1252, Übung.vmdk",
    "windows-1251, диск.vmdk",
    "GBK, 磁盘.vmdk",
    "Big5, 磁碟.vmdk",
    "Shift_JIS, ディスク表.vmdk",
    "UTF-8, 磁盘.vmdk",
    "none, 磁盘.vmdk"
  })
  void namesInTheirEncoding(String encoding, String name) throws IOException {
    boolean says = !encoding.equals("none");
    String text =
        (says ? "encoding=\"" + encoding + "\"\n" : "") + usual("RW 1 FLAT \"" + name + "\" 0");
    byte[] bytes = text.getBytes(says ? Charset.forName(encoding) : StandardCharsets.UTF_8);
    Descriptor descriptor = DescriptorParser.parse("x.vmdk", bytes);
    assertEquals(Optional.of(name), descriptor.extents().getFirst().file());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version=2\n",
        "version=4\n",
        "version=\n",
        "encryption.keySafe=\"vmware:key\"\n",
        "createType=\"vsanSparse\"\n",
        "createType=\"somethingNew\"\n",
        "RW 1 VSANSPARSE \"x\"\n",
        "RW 1 NEWTYPE \"x\"\n",
        "encoding=\"UTF-16\"\n# \u00e4\n",
        "encoding=\"no such\"\n# \u00e4\n"
      })
  void whatIsNotSupportedIsNamed(String line) {
    assertThrows(UnsupportedFeatureException.class, () -> parse(line + usual("RW 1 ZERO")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RW\n",
        "RW x ZERO\n",
        "RW -1 ZERO\n",
        "RW 1\n",
        "RW 1 SPARSE\n",
        "RW 1 SPARSE x.vmdk\n",
        "RW 1 SPARSE \"x.vmdk\n",
        "RW 1 SPARSE \"x.vmdk\" 1\n",
        "RW 1 FLAT \"x.vmdk\" x\n",
        "RW 1 FLAT \"x.vmdk\" -1\n",
        "RW 99999999999999999999999999 ZERO\n",
        "RW 999999999999999999 ZERO\n",
        "RW 1 FLAT \"x\" 999999999999999999\n",
        "RW 60000000000000 ZERO\nRW 60000000000000 ZERO\n",
        "RX 1 ZERO\n",
        "=x\n",
        "CID=\n",
        "CID=x\n",
        "CID=123456789\n",
        "parentCID=-1\n",
        "parentCID=12345678\n",
        "parentFileNameHint=\"x\"\n"
      })
  void whatMakesNoSenseIsCorrupt(String line) {
    assertThrows(CorruptImageException.class, () -> parse(line + usual("RW 1 ZERO")));
  }

  @Test
  void someLinesMustBeThere() {
    assertThrows(CorruptImageException.class, () -> parse(usual("")));
    assertThrows(CorruptImageException.class, () -> parse("version=1\nRW 1 ZERO\n"));
  }

  @Test
  void manyExtents() throws IOException {
    assertEquals(10_000 * 512, parse(usual("RW 1 ZERO\n".repeat(10_000))).size());
    assertThrows(
        UnsupportedFeatureException.class, () -> parse(usual("RW 1 ZERO\n".repeat(40_000))));
  }
}
