/* Take a message's levels into one side of a book: the loop of `taking.take_levels_slowly`, compiled.
 *
 * It knows a level as Kraken sends it, a price and a quantity of digits with at most one point, and a quantity that has
 * the decimals which the checksum wants. Any other level it gives to that one, in its place, which says what is
 * wrong with it.
 */
#include "native.h"
#include <string.h>

enum { CHECKED = 10, ANY = -1 };                 /* ranks.CHECKED; decimals that only the wire tells */
enum { DECIMALS = 20, DIGITS = DECIMALS + 40 };  /* digits.DECIMALS and _LARGEST: whoever has more is odd */

/* One side of a book and how its numbers are to be read. */
typedef struct {
    PyObject *keys, *fragments, *rows; /* of a `Ranks`, best first */
    PyObject *prices;                  /* what is known of prices: text -> (key, part of the fragment, plain text) */
    PyObject *ranks, *precision;
    long sign, decimals;
} Side;

/* What a level is made of before it stands in a row. */
typedef struct {
    PyObject *key, *fragment, *row;
} Change;

/* Copy the significant digits of a quantity; their number, or -1 if it is odd. */
static Py_ssize_t
read_digits(const char *text, Py_ssize_t size, long decimals, char *digits)
{
    Py_ssize_t found = 0, seen = 0, point = -1, position;

    for (position = 0; position < size; position++) {
        char letter = text[position];

        if (letter == '.' && point < 0) {
            point = position;
            continue;
        }
        if (letter < '0' || letter > '9' || ++seen > DIGITS)
            return -1;
        if (found > 0 || letter != '0')
            digits[found++] = letter;
    }
    if (seen == 0 || point == 0 || point == size - 1)
        return -1;
    point = point < 0 ? 0 : size - point - 1;
    return found > 0 && decimals != ANY && point != decimals ? -1 : point > DECIMALS ? -1 : found;
}

static PyObject *
joined(PyObject *first, const char *digits, Py_ssize_t found)
{
    char *start;
    Py_ssize_t size;
    PyObject *whole;

    if (PyBytes_AsStringAndSize(first, &start, &size) < 0)
        return NULL;
    whole = PyBytes_FromStringAndSize(NULL, size + found);
    if (whole != NULL) {
        memcpy(PyBytes_AsString(whole), start, (size_t)size);
        memcpy(PyBytes_AsString(whole) + size, digits, (size_t)found);
    }
    return whole;
}

/* Return the text of a number that is `msgspec.Raw`. */
static PyObject *
text_of(PyObject *number)
{
    Py_buffer view;
    PyObject *text;

    if (PyObject_GetBuffer(number, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    text = PyBytes_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    return text;
}

/* Return what is known of a price, or let Python learn it, which raises for what is none. */
static PyObject *
known_price(const Names *names, const Side *side, PyObject *text)
{
    PyObject *known = PyDict_GetItemWithError(side->prices, text);

    if (known != NULL)
        return Py_NewRef(known);
    if (PyErr_Occurred())
        return NULL;
    return PyObject_CallMethodObjArgs(side->precision, names->learn, text, NULL);
}

static void
forget(Change *change)
{
    Py_CLEAR(change->key);
    Py_CLEAR(change->fragment);
    Py_CLEAR(change->row);
}

/* Make a change of a price that is known and a quantity; 1 if it was made, 0 if the quantity is odd, -1 if it failed. */
static int
make_change(const Side *side, PyObject *known, PyObject *amount, Change *change)
{
    char digits[DIGITS];
    Py_ssize_t found = read_digits(PyBytes_AsString(amount), PyBytes_Size(amount), side->decimals, digits);
    PyObject *key = PyTuple_GetItem(known, 0), *first = PyTuple_GetItem(known, 1), *price = PyTuple_GetItem(known, 2);

    if (key == NULL || first == NULL || price == NULL)
        return -1;
    if (found < 0)
        return 0;
    change->key = side->sign < 0 ? PyNumber_Negative(key) : Py_NewRef(key);
    change->fragment = found > 0 ? joined(first, digits, found) : PyBytes_FromStringAndSize(NULL, 0);
    if (change->fragment != NULL)
        change->row = PyTuple_Pack(4, key, change->fragment, price, amount);
    return change->key == NULL || change->row == NULL ? -1 : 1;
}

static int
read_change(const Names *names, const Side *side, PyObject *price, PyObject *qty, Change *change)
{
    PyObject *text, *known = NULL, *amount = NULL;
    int made = -1;

    if (Py_TYPE(price) != names->raw || Py_TYPE(qty) != names->raw)
        return 0;
    text = text_of(price);
    if (text != NULL)
        known = known_price(names, side, text);
    if (known != NULL)
        amount = text_of(qty);
    if (amount != NULL)
        made = make_change(side, known, amount, change);
    Py_XDECREF(text);
    Py_XDECREF(known);
    Py_XDECREF(amount);
    return made;
}

/* Return the rank of a key or where it belongs, and tell whether it is there; -1 if comparing failed. */
static Py_ssize_t
rank_of(PyObject *keys, PyObject *key, int *there)
{
    Py_ssize_t low = 0, high = PyList_Size(keys), size = high;

    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        int below = PyObject_RichCompareBool(PyList_GetItem(keys, middle), key, Py_LT);

        if (below < 0)
            return -1;
        if (below)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < size ? PyObject_RichCompareBool(PyList_GetItem(keys, low), key, Py_EQ) : 0;
    return *there < 0 ? -1 : low;
}

static int
remove_rank(const Side *side, Py_ssize_t rank)
{
    return PyList_SetSlice(side->keys, rank, rank + 1, NULL) < 0
        || PyList_SetSlice(side->fragments, rank, rank + 1, NULL) < 0
        || PyList_SetSlice(side->rows, rank, rank + 1, NULL) < 0;
}

static int
insert_rank(const Side *side, Py_ssize_t rank, const Change *change)
{
    return PyList_Insert(side->keys, rank, change->key) < 0
        || PyList_Insert(side->fragments, rank, change->fragment) < 0
        || PyList_Insert(side->rows, rank, change->row) < 0;
}

static int
replace_rank(const Side *side, Py_ssize_t rank, const Change *change)
{
    return PyList_SetItem(side->fragments, rank, Py_NewRef(change->fragment)) < 0
        || PyList_SetItem(side->rows, rank, Py_NewRef(change->row)) < 0;
}

/* Set or delete a level, as `Ranks.put` does. */
static int
put(const Names *names, const Side *side, const Change *change)
{
    int there = 0, failed, gone = PyBytes_Size(change->fragment) == 0;
    Py_ssize_t rank = rank_of(side->keys, change->key, &there);

    if (rank < 0)
        return -1;
    if (!there && gone)
        return 0;
    failed = gone ? remove_rank(side, rank) : there ? replace_rank(side, rank, change) : insert_rank(side, rank, change);
    if (!failed && rank < CHECKED)
        failed = PyObject_SetAttr(side->ranks, names->touched, Py_True) < 0;
    return failed ? -1 : 0;
}

static int
take_level(const Names *names, const Side *side, PyObject *level, int *odd)
{
    Change change = {NULL, NULL, NULL};
    PyObject *price = PyObject_GetAttr(level, names->price), *qty = PyObject_GetAttr(level, names->qty);
    int made = price == NULL || qty == NULL ? -1 : read_change(names, side, price, qty, &change);

    if (made > 0 && put(names, side, &change) < 0)
        made = -1;
    *odd = made == 0;
    forget(&change);
    Py_XDECREF(price);
    Py_XDECREF(qty);
    return made < 0 ? -1 : 0;
}

static int
get_long(PyObject *owner, PyObject *name, long unknown, long *value)
{
    PyObject *found = PyObject_GetAttr(owner, name);

    if (found == NULL)
        return -1;
    *value = found == Py_None ? unknown : PyLong_AsLong(found);
    Py_DECREF(found);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *
get_list(PyObject *owner, PyObject *name)
{
    PyObject *found = PyObject_GetAttr(owner, name);

    if (found != NULL && !PyList_Check(found)) {
        Py_CLEAR(found);
        PyErr_SetString(PyExc_TypeError, "a side of a book is made of lists");
    }
    return found;
}

static int
open_side(const Names *names, PyObject *ranks, PyObject *precision, Side *side)
{
    side->ranks = ranks;
    side->precision = precision;
    side->keys = get_list(ranks, names->keys);
    side->fragments = side->keys == NULL ? NULL : get_list(ranks, names->fragments);
    side->rows = side->fragments == NULL ? NULL : get_list(ranks, names->rows);
    side->prices = side->rows == NULL ? NULL : PyObject_GetAttr(precision, names->prices);
    if (side->prices == NULL || get_long(ranks, names->sign, 1, &side->sign) < 0)
        return -1;
    return get_long(precision, names->qty, ANY, &side->decimals);
}

static void
close_side(Side *side)
{
    Py_XDECREF(side->keys);
    Py_XDECREF(side->fragments);
    Py_XDECREF(side->rows);
    Py_XDECREF(side->prices);
}

/* Let Python take one level. */
static int
take_oddly(PyObject *slowly, PyObject *ranks, PyObject *level, PyObject *precision)
{
    PyObject *alone = PyTuple_Pack(1, level), *done = NULL;

    if (alone != NULL)
        done = PyObject_CallFunctionObjArgs(slowly, ranks, alone, precision, NULL);
    Py_XDECREF(alone);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

PyObject *
take_levels(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    const Names *names = PyModule_GetState(module);
    Side side = {0};
    Py_ssize_t position;
    int failed;

    if (count != 4 || !PyList_Check(arguments[2])) {
        PyErr_SetString(PyExc_TypeError, "take_levels(slowly, side, levels: list, precision)");
        return NULL;
    }
    if (PyList_Size(arguments[2]) == 0) /* as mostly for one of the sides */
        return Py_NewRef(Py_None);
    failed = open_side(names, arguments[1], arguments[3], &side) < 0;
    for (position = 0; !failed && position < PyList_Size(arguments[2]); position++) {
        PyObject *level = Py_NewRef(PyList_GetItem(arguments[2], position));
        int odd = 0;

        failed = take_level(names, &side, level, &odd) < 0
            || (odd && take_oddly(arguments[0], arguments[1], level, arguments[3]) < 0);
        Py_DECREF(level);
    }
    close_side(&side);
    return failed ? NULL : Py_NewRef(Py_None);
}
