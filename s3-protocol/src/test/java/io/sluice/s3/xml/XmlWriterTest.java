package io.sluice.s3.xml;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.nio.ByteBuffer;
import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class XmlWriterTest {
  private static String text(ByteBuffer document) {
    return UTF_8.decode(document.duplicate()).toString();
  }

  @Test
  void document_elements_areWrittenWithNamespace() {
    XmlWriter xml =
        XmlWriter.document("R")
            .element("A", "1")
            .element("N", 5L)
            .element("B", true)
            .optional("O", null)
            .element("T", Instant.parse("2026-11-21T10:00:00.123456Z"))
            .etag("abc");
    assertThat(text(xml.finish("R")))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<R xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><A>1</A><N>5</N><B>true</B>"
                + "<T>2026-11-21T10:00:00.123Z</T><ETag>&quot;abc&quot;</ETag></R>");
  }

  @Test
  void text_markupAndControlCharacters_areEscaped() {
    assertThat(text(new XmlWriter(0).text("<a>&\"'\u0001\u001f\r\u007fé\u20ac😀").finish()))
        .endsWith("\n&lt;a&gt;&amp;&quot;'&#x1;&#x1F;&#xD;&#x7F;é€😀");
  }

  @Test
  void text_unpairedSurrogates_becomeReplacementCharacters() {
    assertThat(text(new XmlWriter(0).text("a\ud800b\udc00").finish())).endsWith("\na\ufffdb\ufffd");
  }

  @Provide
  Arbitrary<String> xmlText() {
    return Arbitraries.strings()
        .withChars('\t', '\n', '\r', '<', '&', '"', ']', '>', '\u0085', '\ue000', '\ufffd')
        .withCharRange(' ', '\u2fff')
        .ofMaxLength(600);
  }

  @Property(tries = 300)
  void text_anythingLegal_isReadBackAsItWas(@ForAll("xmlText") String text) {
    ByteBuffer document = XmlWriter.document("R", 0).element("T", text).finish("R");
    byte[] bytes = new byte[document.remaining()];
    document.duplicate().get(bytes);
    XmlReader xml = XmlReader.root(bytes, "R");
    assertThat(xml.nextChild()).isTrue();
    assertThat(xml.text()).isEqualTo(text);
  }

  @Property(tries = 300)
  void text_anything_isValidUtf8AndFitsTheBuffer(@ForAll String text) throws Exception {
    ByteBuffer document = new XmlWriter(0).text(text).finish();
    assertThat(UTF_8.newDecoder().decode(document.duplicate()).toString()).startsWith("<?xml");
  }

  @Test
  void errorDocument_extraFields_comeInOrder() {
    S3Exception error =
        new S3Exception(S3ErrorCode.INVALID_ARGUMENT, "Bad <thing>")
            .with("ArgumentName", "max-keys")
            .with("ArgumentValue", "-1");
    assertThat(text(ErrorDocument.encode(error, "/b/k", "R1", "node-1")))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<Error><Code>InvalidArgument</Code><Message>Bad &lt;thing&gt;</Message>"
                + "<ArgumentName>max-keys</ArgumentName><ArgumentValue>-1</ArgumentValue>"
                + "<Resource>/b/k</Resource><RequestId>R1</RequestId><HostId>node-1</HostId></Error>");
  }
}
