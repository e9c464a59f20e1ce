package igsm

import "strings"

// A world is four categories, the smallest things first.
type world [4]category

// A category is a kind of thing, with sublists of names for single things.
type category struct {
	plural string
	kinds  [4]kind
}

// A kind is one sublist: a noun under several modifiers. Plurals are regular,
// and no noun ends in the word of its category, so that no name ends in another.
type kind struct{ noun, mods string }

// names are the single things of a kind.
func (k kind) names() []string {
	list := strings.Fields(k.mods)
	for i := range list {
		list[i] += " " + k.noun
	}
	return list
}

// worlds are the settings of the problems. The reasoning kind draws from the
// first three, as the published set does.
var worlds = [4]world{
	{
		{"wares", [4]kind{
			{"lantern", "brass copper paper storm signal"}, {"barrel", "oak cedar pine maple willow"},
			{"carpet", "wool silk jute linen cotton"}, {"kettle", "tin iron silver enamel clay"}}},
		{"holds", [4]kind{
			{"locker", "forward middle aft upper lower"}, {"chamber", "dry cold dark sealed open"},
			{"bay", "first second third fourth fifth"}, {"deck", "sun rain wind cloud mist"}}},
		{"vessels", [4]kind{
			{"barge", "heron otter beaver pelican crane"}, {"schooner", "comet meteor saturn neptune orion"},
			{"ferry boat", "north south east west central"}, {"steamer", "juniper laurel myrtle hazel rowan"}}},
		{"harbors", [4]kind{
			{"wharf town", "amber coral pearl opal jade"}, {"pier quarter", "old new great little royal"},
			{"dock island", "gull tern puffin plover osprey"}, {"quay village", "salt sand stone reed shell"}}},
	},
	{
		{"papers", [4]kind{
			{"atlas map", "river desert ocean mountain island"}, {"music score", "violin piano cello flute harp"},
			{"letter", "sealed torn folded stamped inked"}, {"drawing", "charcoal pencil chalk crayon pastel"}}},
		{"furnishings", [4]kind{
			{"cupboard", "tall narrow wide corner painted"}, {"desk", "walnut birch ash elm beech"},
			{"bookcase", "glass steel bamboo wicker marble"}, {"cabinet", "green blue red white yellow"}}},
		{"rooms", [4]kind{
			{"study", "quiet sunny round vaulted attic"}, {"workshop", "pottery weaving carving printing binding"},
			{"reading nook", "window fireside garden stairway balcony"}, {"gallery", "portrait landscape mosaic fresco etching"}}},
		{"colleges", [4]kind{
			{"abbey", "ivy thistle clover heather bracken"}, {"academy", "aurora zenith solstice equinox meridian"},
			{"institute", "granite basalt slate flint quartz"}, {"lyceum", "falcon raven swallow owl finch"}}},
	},
	{
		{"plants", [4]kind{
			{"tulip", "crimson ivory violet golden striped"}, {"fern", "royal maiden sword holly ribbon"},
			{"cactus ball", "barrel star hedgehog bunny moon"}, {"rose vine", "tea moss dog musk damask"}}},
		{"plots", [4]kind{
			{"flower bed", "oval square crescent diamond spiral"}, {"terrace", "upper lower shaded stepped walled"},
			{"rockery", "limestone lava pebble boulder gravel"}, {"pond bank", "lily carp frog dragonfly newt"}}},
		{"gardens", [4]kind{
			{"orchard", "apple cherry plum pear quince"}, {"courtyard", "fountain sundial statue cloister arcade"},
			{"meadow", "lark cricket poppy daisy barley"}, {"greenhouse", "orchid citrus palm vanilla pepper"}}},
		{"estates", [4]kind{
			{"manor", "ashford kestrel whitby thornton marlow"}, {"castle ward", "lion griffin unicorn dragon stag"},
			{"farmstead", "hilltop valley riverside lakeside woodland"}, {"lodge", "hunter ranger miller forester fisher"}}},
	},
	{
		{"exhibits", [4]kind{
			{"fossil", "trilobite ammonite mammoth raptor coral"}, {"coin", "bronze nickel gold copper lead"},
			{"mask", "wolf jaguar eagle monkey tiger"}, {"telescope", "pocket naval tripod mirror student"}}},
		{"showcases", [4]kind{
			{"vitrine", "entry lobby balcony hallway cellar"}, {"plinth", "marble timber concrete brick cork"},
			{"drawer unit", "alpha beta gamma delta omega"}, {"pedestal", "rotating lit tilted raised hidden"}}},
		{"wings", [4]kind{
			{"rotunda", "spring summer autumn winter harvest"}, {"pavilion", "lotus maple bamboo camellia peony"},
			{"basement hall", "boiler archive vault kitchen crypt"}, {"tower floor", "bell clock lookout beacon dovecote"}}},
		{"museums", [4]kind{
			{"science house", "newton kepler hooke boyle faraday"}, {"folk house", "shepherd weaver cooper smith potter"},
			{"art house", "indigo ochre umber sienna cobalt"}, {"war house", "trench cannon saber musket shield"}}},
	},
}
