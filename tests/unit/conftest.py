from tests import collection

collection.load()
