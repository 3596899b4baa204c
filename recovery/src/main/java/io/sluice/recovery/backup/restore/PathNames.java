package io.sluice.recovery.backup.restore;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Makes names of files of keys, so that different keys are different files, and none is outside of
 * its bucket's directory. A key is cut at its slashes, and of each piece
 *
 * <ul>
 *   <li>an empty one (a slash at the begin or the end, or two of them) becomes {@code %};
 *   <li>{@code .} and {@code ..} become {@code %2E} and {@code %2E%2E};
 *   <li>{@code %}, control characters, and bytes that are not UTF-8 become {@code %} and two hex
 *       digits for each byte; so does what is not ASCII where the system's names can't have it;
 *   <li>one that is longer than a name may be is cut into several, of which each but the last ends
 *       in {@code %}, and is a directory of the next.
 * </ul>
 */
public final class PathNames {
  /** Bytes of a piece: a name may have 255, and one is kept for what marks a cut, and two more. */
  static final int PIECE_MAX = 250;

  /** Stands for a slash that is nowhere: no name of a key has it. */
  public static final String DIRECTORY_OF_OTHERS = "%2F";

  private static final char ESCAPE = '%';

  /** Characters of an escaped byte. */
  private static final int HEX = 3;

  private static final int CONTROL_END = 0x20;
  private static final int DELETE = 0x7f;
  private static final int UNSIGNED = 0xff;

  private final boolean unicode;

  /**
   * @param names what the system's file names are encoded in
   */
  public PathNames(Charset names) {
    this.unicode = names.equals(StandardCharsets.UTF_8);
  }

  /** For the names of this system. */
  public static PathNames ofSystem() {
    return new PathNames(charsetOfSystem());
  }

  /** What this system's names are encoded in. */
  public static Charset charsetOfSystem() {
    String names = System.getProperty("sun.jnu.encoding", "UTF-8");
    return Charset.isSupported(names) ? Charset.forName(names) : StandardCharsets.US_ASCII;
  }

  /** The names of a key's directories, and last that of its file. */
  public List<String> of(byte[] key) {
    List<String> names = new ArrayList<>();
    int from = 0;
    for (int at = 0; at <= key.length; at++) {
      if (at == key.length || key[at] == '/') {
        add(ByteBuffer.wrap(key, from, at - from), names);
        from = at + 1;
      }
    }
    return names;
  }

  private void add(ByteBuffer piece, List<String> names) {
    if (!piece.hasRemaining()) {
      names.add(String.valueOf(ESCAPE));
      return;
    }
    if (isItself(piece)) {
      names.add(StandardCharsets.US_ASCII.decode(piece).toString());
      return;
    }
    boolean dots = isDots(piece);
    StringBuilder name = new StringBuilder();
    int nameBytes = 0;
    for (String symbol : symbols(piece)) {
      String escaped = dots || isEscaped(symbol) ? escape(symbol) : symbol;
      int bytes = escaped.getBytes(StandardCharsets.UTF_8).length;
      if (nameBytes + bytes > PIECE_MAX) {
        names.add(name.append(ESCAPE).toString());
        name.setLength(0);
        nameBytes = 0;
      }
      name.append(escaped);
      nameBytes += bytes;
    }
    names.add(name.toString());
  }

  /** Most pieces: nothing in them is special. */
  private static boolean isItself(ByteBuffer piece) {
    for (int i = piece.position(); i < piece.limit(); i++) {
      byte each = piece.get(i); // less than 0: not ASCII
      if (each < CONTROL_END || each == DELETE || each == ESCAPE) {
        return false;
      }
    }
    return piece.remaining() <= PIECE_MAX && !isDots(piece);
  }

  private static boolean isDots(ByteBuffer piece) {
    String text = StandardCharsets.ISO_8859_1.decode(piece.duplicate()).toString();
    return text.equals(".") || text.equals("..");
  }

  /** Characters; where the bytes are not UTF-8, bytes, as characters of a private sort. */
  private static List<String> symbols(ByteBuffer piece) {
    List<String> symbols = new ArrayList<>();
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(piece.duplicate())
              .toString();
      text.codePoints().forEach(point -> symbols.add(Character.toString(point)));
    } catch (CharacterCodingException e) {
      for (ByteBuffer left = piece.duplicate(); left.hasRemaining(); ) {
        int value = left.get() & UNSIGNED;
        symbols.add(value < 0x80 ? Character.toString(value) : hex(value));
      }
    }
    return symbols;
  }

  private boolean isEscaped(String symbol) {
    char first = symbol.charAt(0);
    if (symbol.length() == 3 && first == ESCAPE) {
      return false; // is escaped already
    }
    return first == ESCAPE
        || first < CONTROL_END
        || first == DELETE
        || (first > DELETE && !unicode);
  }

  private static String escape(String symbol) {
    StringBuilder escaped = new StringBuilder();
    for (byte each : symbol.getBytes(StandardCharsets.UTF_8)) {
      escaped.append(hex(each & UNSIGNED));
    }
    return escaped.toString();
  }

  /**
   * The bytes of a piece of a key, or of a part of one.
   *
   * @param name as {@link #of} gives it, without what marks a cut
   * @return null when it is none
   */
  public static byte @Nullable [] piece(String name) {
    if (name.indexOf(ESCAPE) < 0) {
      return name.getBytes(StandardCharsets.UTF_8);
    }
    if (name.equals(String.valueOf(ESCAPE))) {
      return new byte[0];
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
    int at = 0;
    while (at < name.length()) {
      int next = name.indexOf(ESCAPE, at);
      bytes.writeBytes(
          name.substring(at, next < 0 ? name.length() : next).getBytes(StandardCharsets.UTF_8));
      if (next < 0) {
        break;
      }
      int value = next + HEX < name.length() + 1 ? hexAt(name, next + 1) : -1;
      if (value < 0) {
        return null;
      }
      bytes.write(value);
      at = next + HEX;
    }
    return bytes.toByteArray();
  }

  private static int hexAt(String name, int at) {
    int high = Character.digit(name.charAt(at), 16);
    int low = Character.digit(name.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  private static String hex(int value) {
    return String.format(Locale.ROOT, "%%%02X", value);
  }
}
