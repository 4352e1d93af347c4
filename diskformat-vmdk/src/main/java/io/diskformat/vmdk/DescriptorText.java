package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes of a descriptor as text. All that means anything is ASCII, but for the names of files,
 * which are in the encoding that the descriptor names, or in UTF-8. A zero byte ends the text: a
 * descriptor inside an extent is padded with them.
 */
final class DescriptorText {
  private static final Pattern ENCODING =
      Pattern.compile(
          "^[ \t]*encoding[ \t]*=[ \t]*\"?([^\"\r\n]*?)\"?[ \t]*$",
          Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

  private DescriptorText() {}

  /**
   * Decodes a descriptor.
   *
   * @param image the name that errors use
   */
  static String decode(String image, byte[] padded) throws IOException {
    byte[] bytes = Arrays.copyOf(padded, length(padded));
    Matcher encoding = ENCODING.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (isAscii(bytes) || !encoding.find()) {
      return NameBytes.decode(bytes);
    }
    Charset charset = charset(image, encoding.group(1));
    if (charset.equals(StandardCharsets.UTF_8)) {
      return NameBytes.decode(bytes);
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CorruptImageException(
          image, "descriptor", -1, "is not in the encoding " + charset + " that it names", e);
    }
  }

  private static int length(byte[] padded) {
    int length = 0;
    while (length < padded.length && padded[length] != 0) {
      length++;
    }
    return length;
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private static Charset charset(String image, String name) throws UnsupportedFeatureException {
    try {
      Charset charset = Charset.forName(name);
      // Or what was found to be the encoding's name is none.
      if (new String(new byte[] {'a', '='}, charset).equals("a=")) {
        return charset;
      }
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      // The same to the user.
    }
    throw new UnsupportedFeatureException(image, "VMDK descriptor encoding \"" + name + "\"");
  }
}
