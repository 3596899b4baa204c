package io.sluice.s3.xml;

import static io.sluice.s3.S3Errors.codeOf;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlReaderTest {
  private static final String BILLION_LAUGHS =
      """
      <?xml version="1.0"?>
      <!DOCTYPE root [
        <!ENTITY lol "lol">
        <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
        <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
      ]>
      <root>&lol3;</root>
      """;

  /** Reads everything, as the strictest decoder does. */
  private static String textOfRoot(byte[] document) {
    XmlReader xml = XmlReader.root(document, "root");
    String text = xml.text();
    xml.end();
    return text;
  }

  private static S3ErrorCode codeOfText(String document) {
    return codeOf(() -> textOfRoot(document.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        BILLION_LAUGHS,
        "<!DOCTYPE root SYSTEM \"file:///etc/passwd\"><root/>",
        "<!DOCTYPE root [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><root>&x;</root>",
        "<!DOCTYPE root [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\"> %p;]><root/>",
        "<!DOCTYPE root><root/>",
        "<root>&undeclared;</root>",
        "<root>",
        "<root/><root/>",
        "<root/>text",
        "text",
        "",
        "<other/>",
        "<root><child/></root>",
        "<root>&#0;</root>",
        "<root a=\"1\" a=\"2\"/>",
        "<x:root/>",
      })
  void root_hostileOrBrokenDocument_isMalformedXml(String document) {
    assertThat(codeOfText(document)).isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Test
  void root_notUtf8_isMalformedXml() {
    assertThat(codeOf(() -> textOfRoot("<root>é</root>".getBytes(UTF_16))))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
    assertThat(
            codeOf(
                () -> textOfRoot(new byte[] {'<', 'r', 'o', 'o', 't', '>', (byte) 0xff, (byte) 0})))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<root>a b</root>",
        "<root xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">a b</root>",
        "<s3:root xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\">a b</s3:root>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><root>a<!-- c --> <![CDATA[b]]></root>"
            + " <!-- c -->",
        "<root>&#x61; &#98;</root>",
        "\ufeff<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root>a b</root>",
      })
  void text_anySpelling_isTheText(String document) {
    assertThat(textOfRoot(document.getBytes(UTF_8))).isEqualTo("a b");
  }

  @Test
  void nextChild_nestedTooDeep_isMalformedXml() {
    String deep = "<root>" + "<a>".repeat(20) + "</a>".repeat(20) + "</root>";
    assertThat(
            codeOf(
                () -> {
                  XmlReader xml = XmlReader.root(deep.getBytes(UTF_8), "root");
                  while (xml.nextChild()) {
                    xml.skip();
                  }
                }))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Test
  void nextChild_tooManyElements_isMalformedXml() {
    byte[] many = ("<root>" + "<a/>".repeat(100_001) + "</root>").getBytes(UTF_8);
    assertThat(
            codeOf(
                () -> {
                  XmlReader xml = XmlReader.root(many, "root");
                  while (xml.nextChild()) {
                    xml.skip();
                  }
                }))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Test
  void nextChild_textBetweenChildren_isMalformedXml() {
    XmlReader xml = XmlReader.root("<root> <a/>x</root>".getBytes(UTF_8), "root");
    assertThat(xml.nextChild()).isTrue();
    xml.skip();
    assertThat(codeOf(xml::nextChild)).isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Test
  void skip_elementWithChildren_leavesIt() {
    XmlReader xml =
        XmlReader.root("<root><a><b>1</b><b/></a><c>2</c></root>".getBytes(UTF_8), "root");
    assertThat(xml.nextChild()).isTrue();
    xml.skip();
    assertThat(xml.nextChild()).isTrue();
    assertThat(xml.name()).isEqualTo("c");
    assertThat(xml.number()).isEqualTo(2);
    assertThat(xml.nextChild()).isFalse();
    xml.end();
  }

  @Test
  void number_beyondLong_isTheNearestEnd() {
    assertThat(numberIn("99999999999999999999")).isEqualTo(Long.MAX_VALUE);
    assertThat(numberIn("-99999999999999999999")).isEqualTo(Long.MIN_VALUE);
    assertThat(codeOf(() -> numberIn("1x"))).isEqualTo(S3ErrorCode.MALFORMED_XML);
    assertThat(codeOf(() -> numberIn(""))).isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  private static long numberIn(String text) {
    return XmlReader.root(("<root>" + text + "</root>").getBytes(UTF_8), "root").number();
  }

  @Property(tries = 300)
  void root_truncatedDocument_isMalformedXml(@ForAll @IntRange(min = 0, max = 10_000) int cut) {
    byte[] whole = "<root a='1'><!-- c --><![CDATA[é]]>&amp;&#x1F600;</root>".getBytes(UTF_8);
    byte[] part = Arrays.copyOf(whole, cut % whole.length);
    assertThat(codeOf(() -> textOfRoot(part))).isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  @Property(tries = 500)
  void root_arbitraryBytes_areReadOrMalformedXml(@ForAll byte[] bytes) {
    byte[] document = new byte[bytes.length + 12];
    System.arraycopy("<root>".getBytes(UTF_8), 0, document, 0, 6);
    System.arraycopy(bytes, 0, document, 6, bytes.length);
    System.arraycopy("</root".getBytes(UTF_8), 0, document, 6 + bytes.length, 6);
    try {
      textOfRoot(document);
    } catch (S3Exception e) {
      assertThat(e.code()).isEqualTo(S3ErrorCode.MALFORMED_XML);
    }
  }
}
