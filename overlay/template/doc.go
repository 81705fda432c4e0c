// Package template turns SVG files into explanation. A template is an SVG file
// that a designer drew; it declares the parameters it takes in its metadata and
// binds its elements to them by attributes that begin with data-, which other
// SVG programs keep and ignore:
//
//	<metadata>
//	  <studio:place corner="bottom-right"/>
//	  <studio:parameter name="value" kind="reading"/>
//	  <studio:parameter name="high" kind="number" default="100"/>
//	</metadata>
//	<text data-text="{value.number} {value.unit}" data-show="value.number"/>
//	<path data-rotate="value.number: 0..high: -120..120 @ 90,90" …/>
//
// The document element declares xmlns:studio="urn:studio:template". Its width
// and height are pixels on a canvas whose shorter side is 1080. Corners are
// top-left, top-right, bottom-left, bottom-right.
//
// Kinds of parameters and what they may be bound as:
//
//	text     {name}
//	words    {name.zh} {name.en}
//	number   {name}
//	colour   {name}: #rgb or #rrggbb
//	clock    {name}: hours and minutes, 14:05
//	reading  {name.number} and {name.unit}, both empty unless the number may be
//	         believed, {name.quality} as package reading spells it, {name.zh}
//	         {name.en} the quality in words
//	step     {name.zh} {name.en} {name.caption.zh} {name.caption.en}
//	         {name.number} {name.count}
//	steps    {name.count}; the list for data-each, in which item.zh, item.en,
//	         item.number and item.state (done, present, coming) can be bound
//
// text, number and colour take a default.
//
// Bindings:
//
//	data-text="… {path} …"     the element's text
//	data-fit="W" or "W H"      the text keeps within W user units, in one line or
//	                           in as many as H has room for: wrapped, then shrunk
//	data-show="path"           drawn only if path is not empty
//	data-show="path: a, b"     drawn only if path is one of these words
//	data-hide="…"              the opposite, same forms
//	data-rotate="path: low..high: from..to @ x,y"
//	                           turned by a number's place in a range, degrees
//	data-map-A="path: low..high: from..to"
//	                           attribute A set to a number's place in a range
//	data-pick-A="path: word=x, word=y, else=z"
//	                           attribute A chosen by a word
//	data-set-A="… {path} …"    attribute A set to text
//	data-each="steps"          children drawn once for each step, data-dx and
//	                           data-dy apart
//
// low and high are numbers or number parameters; beyond them the end of the
// range holds. An element turned or mapped by a number that is not known is not
// drawn: a needle never points at a value nobody measured.
//
// For data-fit the font must stand in attributes or style attributes, in px, not
// in a style sheet. Nothing outside the file is ever loaded.
package template
